import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { createBillingActivities } from '../../activities/billing/index.ts';
import { stripeRecords } from '../../activities/billing/record.ts';
import { explain } from '../../api/support/explain.ts';
import { refundCustomer } from '../../api/support/refunds.ts';
import { viewEntitlements } from '../../infra/db/repositories/console.ts';
import { findPaidInvoice } from '../../infra/db/repositories/invoices.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';
import { Subscribers } from '../support/subscribers.ts';

// What somebody changes in Stripe's dashboard, of a customer of ours. Provisioning is a stand-in.
let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

const subscriptionOf = async (id: string) => (await harness.inStripe(id)).live[0];
const licence = (id: string) =>
  harness.database
    .selectFrom('licences')
    .selectAll()
    .where('customerId', '=', id)
    .orderBy('issuedAt', 'desc')
    .executeTakeFirstOrThrow();
const untilLicensed = (id: string, days: number) =>
  eventually('the licence', async () => (await licence(id)).maxDevices === days || undefined);

/** The price of a plan, made as `tenure stripe apply` does. */
async function price(plan: string, cents: number): Promise<string> {
  const lookup_key = `tenure_${plan}_monthly`;
  const { data } = await harness.stripe.prices.list({ lookup_keys: [lookup_key] });
  if (data[0]) return data[0].id;
  const made = await harness.stripe.prices.create({
    ...{ currency: 'usd', unit_amount: cents, recurring: { interval: 'month' }, lookup_key },
    product_data: { name: plan },
  });
  return made.id;
}

async function moveTo(id: string, to: string): Promise<void> {
  const held = await subscriptionOf(id);
  const items = [{ id: held?.items.data[0]?.id ?? '', price: to }];
  await harness.stripe.subscriptions.update(held?.id ?? '', { items, proration_behavior: 'none' });
}

test.concurrent.each(['in the trial', 'of a subscriber'])(
  'the plan %s is the one that somebody gave them: limits, licence and charge',
  async (when) => {
    const { customerId: id } = when === 'in the trial' ? await harness.inTrial() : (await people.paying()).customer;
    await untilLicensed(id, 10);
    await moveTo(id, await price('professional', 49_900));
    await harness.untilRow(id, 'the plan', (row) => row.plan === 'professional');
    await untilLicensed(id, 100);
    expect((await harness.row(id)).terms).toMatchObject({ plan: 'professional', price: { monthlyCents: 49_900 } });
    const audit = harness.database.selectFrom('auditEvents').select('details').where('customerId', '=', id);
    expect(await audit.where('action', '=', 'plan.changed').execute()).toMatchObject([
      { details: { from: 'starter', to: 'professional', rule: 'changed to professional in Stripe' } },
    ]);
    if (when !== 'in the trial') return;
    await harness.command(id, 'extendTrial', { days: 3 });
    expect((await subscriptionOf(id))?.items.data[0]?.price.unit_amount).toBe(49_900);
    await harness.pay(await harness.checkout(id, 'now'));
    await people.untilStatus(id, 'active');
    expect(await people.paid(id)).toEqual([49_900]);
  },
);

test.concurrent('a price of no plan changes nothing, and support is asked until it is put right', async () => {
  const { id } = await people.paying();
  const own = (await subscriptionOf(id))?.items.data[0]?.price.id ?? '';
  const foreign = await harness.stripe.prices.create({
    ...{ currency: 'usd', unit_amount: 1_000, recurring: { interval: 'month' } },
    product_data: { name: 'Something else' },
  });
  await moveTo(id, foreign.id);
  const asked = async () => (await harness.alerts(id)).filter(({ errorType }) => errorType === 'UnknownPrice');
  await eventually('the alert', async () => (await asked()).length === 1 || undefined);
  expect(await harness.row(id)).toMatchObject({ plan: 'starter', phase: 'subscription', standing: 'active' });
  await moveTo(id, own);
  await eventually('its end', async () => (await asked()).every(({ resolvedAt }) => resolvedAt) || undefined);
});

test.concurrent.each(['void', 'keep_as_draft', 'mark_uncollectible'] as const)(
  'a collection that somebody pauses (%s) is called that, takes no access, and is resumed',
  async (behavior) => {
    const { id } = await people.paying();
    const held = await subscriptionOf(id);
    const periodEnd = (held?.items.data[0]?.current_period_end ?? 0) * 1_000;
    await harness.stripe.subscriptions.update(held?.id ?? '', { pause_collection: { behavior } });
    await eventually('the pause', async () => (await harness.status(id)).pause?.behavior === behavior || undefined);
    expect((await harness.status(id)).waitingFor).toMatch(/^the collection to be resumed: it is paused in Stripe/);
    await harness.advance(id, periodEnd + 2 * DAY);
    expect(await people.paid(id)).toEqual([9_900]);
    expect(await harness.row(id)).toMatchObject({ standing: 'active', subscriptionStatus: 'active' });
    await eventually(
      'a licence',
      async () => (await licence(id)).expiresAt.getTime() > periodEnd + 20 * DAY || undefined,
    );
    await harness.stripe.subscriptions.update(held?.id ?? '', { pause_collection: '' });
    await eventually('the end', async () => (await harness.status(id)).pause === null || undefined);
    await harness.advance(id, periodEnd + 3 * DAY);
    expect((await licence(id)).expiresAt.getTime()).toBeGreaterThan(periodEnd + 20 * DAY);
    await harness.advance(id, periodEnd + 33 * DAY);
    await eventually('the charge', async () => (await people.paid(id)).length === 2 || undefined);
  },
);

test.concurrent(
  'a payer whose customer was deleted in Stripe keeps everything, past the paid month, and pays anew',
  async () => {
    const { customer, id } = await people.paying();
    const { stripeCustomerId } = await harness.row(id);
    const end = ((await subscriptionOf(id))?.items.data[0]?.current_period_end ?? 0) * 1_000;
    await harness.advance(id, end - DAY);
    await harness.stripe.customers.del(stripeCustomerId ?? '');
    await eventually('the alert', async () =>
      (await harness.alerts(id)).some(
        ({ errorType, resolvedAt }) => errorType === 'SubscriptionMissing' && !resolvedAt,
      ),
    );
    await harness.advance(id, end + 5 * DAY);
    expect(await harness.row(id)).toMatchObject({ phase: 'subscription', standing: 'active' });
    expect((await licence(id)).expiresAt.getTime()).toBeGreaterThan(end + 5 * DAY);
    expect(harness.stacks.stacks.has(id)).toBe(true);
    expect((await viewEntitlements(harness.database, id))?.status).toBe('active');
    await eventually('another try', async () => ((await harness.alerts(id))[0]?.raisedCount ?? 0) > 1 || undefined);
    expect(await harness.supportMails(id)).toHaveLength(1);
    await people.subscribeAgain(id);
    await eventually(
      'the end of the alert',
      async () => (await harness.alerts(id)).every(({ resolvedAt }) => resolvedAt) || undefined,
    );
    expect(await people.paid(id)).toEqual([9_900]);
    expect((await harness.row(id)).stripeCustomerId).not.toBe(stripeCustomerId);
    expect(await people.told(customer, 'Your account has been closed')).toBe(0);
  },
);

test.concurrent(
  'a card that somebody sets for the customer in Stripe pays, and brings back a trial that was paused',
  async () => {
    const customer = await harness.inTrial();
    const { customerId: id } = customer;
    const end = await harness.trialEndsAt(id);
    await harness.advance(id, end + DAY);
    await people.untilStanding(id, 'read_only');
    const { stripeCustomerId } = await harness.row(id);
    const card = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: stripeCustomerId ?? '' });
    await harness.stripe.customers.update(stripeCustomerId ?? '', {
      invoice_settings: { default_payment_method: card.id },
    });
    await people.untilStatus(id, 'active');
    await people.untilStanding(id, 'active');
    expect(await people.paid(id)).toEqual([9_900]);
  },
);

test.concurrent('what is paid until when is said of the paid period, while a renewal is declined', async () => {
  const { id } = await people.paying();
  const held = await subscriptionOf(id);
  const end = (held?.items.data[0]?.current_period_end ?? 0) * 1_000;
  const { stripeCustomerId } = await harness.row(id);
  const card = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
    customer: stripeCustomerId ?? '',
  });
  await harness.stripe.subscriptions.update(held?.id ?? '', { default_payment_method: card.id });
  await harness.advance(id, end + DAY / 2);
  await people.untilStatus(id, 'past_due');
  const { status, currentPeriodEnd } = (await viewEntitlements(harness.database, id)) ?? {};
  expect([status, currentPeriodEnd?.getTime()]).toEqual(['past_due', end]);
  await harness.advance(id, end + 5 * DAY);
  expect((await harness.row(id)).standing).toBe('active');
  expect((await licence(id)).expiresAt.getTime()).toBeGreaterThan(end + 5 * DAY);
  await harness.pay(await harness.checkout(id, 'now'));
  await people.untilStatus(id, 'active');
  expect(await people.paid(id)).toEqual([9_900, 9_900]);
});

test.concurrent(
  'a refund that somebody makes in Stripe is known here, and the rest can be refunded from here',
  async () => {
    const { id } = await people.paying();
    const newest = () => findPaidInvoice(harness.database, id);
    const intent = (await newest())?.stripePaymentIntentId ?? '';
    await harness.stripe.refunds.create({ payment_intent: intent, amount: 1_000 });
    await eventually('the refund', async () => (await newest())?.amountRefunded === 1_000 || undefined);
    const { number, hostedUrl, pdfUrl } = (await newest()) ?? {};
    expect([number, hostedUrl, pdfUrl]).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
  },
);

test.concurrent(
  'nothing is thanked for, and no licence renewed, before the money: Stripe waits an hour to charge',
  async () => {
    const customer = await harness.inTrial();
    const { customerId: id } = customer;
    const end = await harness.trialEndsAt(id);
    await harness.pay(await harness.checkout(id, 'at_trial_end'));
    await eventually('the method', async () => (await subscriptionOf(id))?.default_payment_method);
    await harness.advance(id, end + DAY / 48);
    await people.untilStatus(id, 'active');
    await harness.untilPhase(id, 'subscription');
    await eventually('rest', async () => (await harness.status(id)).nextAt ?? undefined);
    expect(await people.paid(id)).toEqual([]);
    expect(await people.told(customer, 'Thank you - your subscription has started')).toBe(0);
    expect((await licence(id)).expiresAt.getTime()).toBeLessThan(end + 4 * DAY);
    await harness.advance(id, end + DAY / 12);
    await people.untilTold(customer, 'Thank you - your subscription has started');
    expect(await people.paid(id)).toEqual([9_900]);
    await eventually('the licence', async () => (await licence(id)).expiresAt.getTime() > end + 30 * DAY || undefined);
  },
);

const DISPUTED = '4000000000000259';
const alertOf = async (id: string, errorType: string) =>
  eventually(errorType, async () => (await harness.alerts(id)).find((alert) => alert.errorType === errorType));
const refund = (id: string) =>
  refundCustomer(harness.deps, { customerId: id, actor: 'staff', commandId: randomUUID() }, { reason: 'asked' });
const refundsOf = async (id: string) =>
  (await people.invoices(id)).length === 0
    ? []
    : (
        await harness.stripe.refunds.list({
          payment_intent: (await findPaidInvoice(harness.database, id))?.stripePaymentIntentId ?? '',
        })
      ).data;

test.concurrent(
  'a payment that is disputed: support is told once, nobody is paid twice, and nothing is taken away',
  async () => {
    const { id } = await people.paying(DISPUTED);
    const { summary } = await alertOf(id, 'PaymentDisputed');
    const invoice = await eventually('the dispute', async () => {
      const found = await findPaidInvoice(harness.database, id);
      return found?.disputeStatus === 'needs_response' ? found : undefined;
    });
    const { disputeId, disputeDueAt } = invoice;
    expect(summary).toContain(
      `99.00 USD, fraudulent; evidence is due by ${disputeDueAt?.toISOString().slice(0, 10) ?? '-'}`,
    );
    expect(summary).toContain(`https://dashboard.stripe.com/test/disputes/${disputeId ?? '-'}`);
    expect((await explain(harness.deps, id)).next).toContainEqual({
      at: disputeDueAt?.toISOString(),
      what: `evidence in the dispute ${disputeId ?? ''} of 99.00 USD is due in Stripe`,
    });
    await expect(refund(id)).rejects.toMatchObject({
      statusCode: 409,
      body: { message: expect.stringMatching(/is disputed: the customer's bank has taken 99\.00 USD back/) as string },
    });
    // The next look changes nothing.
    await harness.advance(id, Date.now() + 3 * DAY);
    expect(await harness.row(id)).toMatchObject({ phase: 'subscription', standing: 'active' });
    const mails = (await harness.supportMails(id)).filter(({ text }) => text.includes(disputeId ?? '-'));
    expect(mails).toHaveLength(1);
    await harness.stripe.disputes.update(disputeId ?? '', { evidence: { uncategorized_text: 'winning_evidence' } });
    await eventually(
      'its end',
      async () => (await harness.alerts(id)).every(({ resolvedAt }) => resolvedAt) || undefined,
    );
    expect((await findPaidInvoice(harness.database, id))?.amountRefunded).toBe(0);
    expect(await refund(id)).toMatchObject({ amount: 9_900 });
  },
);

test.concurrent('a dispute that is lost has given the money back: it is said once, and not paid again', async () => {
  const { id } = await people.paying(DISPUTED);
  const { disputeId } = await eventually('the dispute', async () => {
    const found = await findPaidInvoice(harness.database, id);
    return found?.disputeId ? found : undefined;
  });
  await harness.stripe.disputes.close(disputeId ?? '');
  await alertOf(id, 'DisputeLost');
  expect((await alertOf(id, 'PaymentDisputed')).resolvedAt).toBeInstanceOf(Date);
  expect(await findPaidInvoice(harness.database, id)).toMatchObject({ amountRefunded: 9_900, disputeStatus: 'lost' });
  expect(await harness.row(id)).toMatchObject({
    phase: 'subscription',
    standing: 'active',
    subscriptionStatus: 'active',
  });
  await expect(refund(id)).rejects.toMatchObject({ statusCode: 409 });
  const { cancelSubscription } = createBillingActivities({
    ...{ database: harness.database, stripe: harness.stripe, config: harness.deps.config.stripe, publicUrl: '' },
  });
  await cancelSubscription({ customerId: id, key: 'undone', refund: true });
  expect(await refundsOf(id)).toEqual([]);
});

/** 100 % off, or so much less. */
const coupon = async (off: { readonly percent_off?: number; readonly amount_off?: number }): Promise<string> =>
  (await harness.stripe.coupons.create({ ...off, ...(off.amount_off && { currency: 'usd' }), duration: 'forever' })).id;
const REMINDERS = [
  '7 days left in your trial',
  '2 days left - time to upgrade!',
  'Trial expired - upgrade to continue',
];

test.concurrent.each(['nothing_due', 'invoice'] as const)(
  'who needs no card at the end of the trial (%s) is not asked for one, and goes on',
  async (why) => {
    const customer = await harness.inTrial();
    const { customerId: id } = customer;
    await people.untilStatus(id, 'trialing');
    const end = await harness.trialEndsAt(id);
    const { stripeSubscriptionId } = await harness.row(id);
    await harness.stripe.subscriptions.update(
      stripeSubscriptionId ?? '',
      why === 'invoice'
        ? { collection_method: 'send_invoice', days_until_due: 10 }
        : { discounts: [{ coupon: await coupon({ percent_off: 100 }) }] },
    );
    await eventually('it is known', async () => (await harness.status(id)).withoutCard === why || undefined);
    const atEnd = async () => (await subscriptionOf(id))?.trial_settings?.end_behavior.missing_payment_method;
    await eventually('that Stripe does not pause', async () => (await atEnd()) === 'create_invoice' || undefined);
    await harness.advance(id, end + DAY / 8);
    await harness.untilPhase(id, 'subscription');
    for (const subject of REMINDERS) expect(await people.told(customer, subject)).toBe(0);
    if (why === 'nothing_due') {
      await people.untilTold(customer, 'Thank you - your subscription has started');
      await harness.advance(id, end + 40 * DAY);
      expect(await harness.row(id)).toMatchObject({ standing: 'active', subscriptionStatus: 'active' });
      expect(await people.paid(id)).toEqual([]);
      return;
    }
    const [sent] = await people.invoices(id);
    expect(sent).toMatchObject({ status: 'open', amount_due: 9_900 });
    expect(await people.told(customer, 'Thank you - your subscription has started')).toBe(0);
    expect((await licence(id)).expiresAt.getTime()).toBeGreaterThan(end + 20 * DAY);
    await harness.advance(id, end + 11 * DAY);
    await people.untilStatus(id, 'past_due');
    await people.untilTold(customer, 'Your payment failed');
    const [mail] = (await harness.inbox.to(customer.email)).filter(({ subject }) => subject === 'Your payment failed');
    expect(mail?.text.replaceAll(/\s+/g, ' ')).toMatch(/The invoice of 99\.00 USD, .* has not been paid in time/);
    expect((await harness.row(id)).standing).toBe('active');
    await harness.stripe.invoices.pay(sent?.id ?? '', { paid_out_of_band: true });
    await people.untilTold(customer, 'Thank you - your subscription has started');
  },
);

const charged = (id: string) => harness.status(id).then(({ nextCharge }) => nextCharge);

test.concurrent(
  'a discount, a quantity and a second item that somebody sets are shown with what is charged, and asked about once',
  async () => {
    const customer = await harness.inTrial();
    const { customerId: id } = customer;
    await people.untilStatus(id, 'trialing');
    const end = await harness.trialEndsAt(id);
    const { stripeSubscriptionId } = await harness.row(id);
    const subscription = stripeSubscriptionId ?? '';
    const change = (to: Stripe.SubscriptionUpdateParams) =>
      harness.stripe.subscriptions.update(subscription, { proration_behavior: 'none', ...to });
    const until = (cents: number | undefined) =>
      eventually(
        `${String(cents)} cents`,
        async () => ((await charged(id))?.agreed ? (await charged(id))?.cents : undefined) === cents || undefined,
      );
    await change({ discounts: [{ coupon: await coupon({ amount_off: 1_900 }) }] });
    await until(8_000);
    await harness.advance(id, end - 1.5 * DAY);
    await people.untilTold(customer, '2 days left - time to upgrade!');
    const mail = (await harness.inbox.to(customer.email)).find(({ subject }) => subject.startsWith('2 days left'));
    expect(mail?.text).toContain('The first payment is 80.00 USD');
    await change({ discounts: '' });
    await until(undefined);
    const plan = (await subscriptionOf(id))?.items.data[0]?.id ?? '';
    await change({ items: [{ id: plan, quantity: 2 }] });
    await until(19_800);
    const addOn = await harness.stripe.prices.create({
      ...{ currency: 'usd', unit_amount: 1_500, recurring: { interval: 'month' }, product_data: { name: 'More' } },
    });
    await change({ items: [{ id: plan, quantity: 1 }, { price: addOn.id }] });
    await until(11_400);
    const { read } = stripeRecords({
      ...{ database: harness.database, stripe: harness.stripe, config: harness.deps.config.stripe, publicUrl: '' },
    });
    expect((await read(id)).otherCharge).toBe('114.00 USD is charged next in Stripe; 99.00 USD was agreed.');
    await change({ metadata: { agreed_amount: '11400' } });
    expect((await read(id)).otherCharge).toBeNull();
    await harness.pay(await harness.checkout(id, 'now'));
    await people.untilStatus(id, 'active');
    expect(await people.paid(id)).toEqual([11_400]);
    expect(await harness.row(id)).toMatchObject({ plan: 'starter', standing: 'active' });
  },
);
