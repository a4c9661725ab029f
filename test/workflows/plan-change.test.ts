import { randomUUID } from 'node:crypto';
import { changePlan, previewPlan, type PlanWish } from '../../api/support/plan-change.ts';
import { viewEntitlements } from '../../infra/db/repositories/console.ts';
import { eventually } from '../support/eventually.ts';
import { DAY, LifecycleHarness } from '../support/lifecycle.ts';
import { manyPrices } from '../support/many-prices.ts';
import { Subscribers } from '../support/subscribers.ts';

// Provisioning is a stand-in here; plan-change.slow.test.ts changes a real stack.
let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ profile: manyPrices });
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

const [BASIC, PRO] = [2_900, 9_900];

const change = (customerId: string, wish: PlanWish) =>
  changePlan(harness.deps, { customerId, actor: 'customer', commandId: randomUUID() }, wish);
const onTheSecond = (at: number): string => new Date(Math.floor(at / 1_000) * 1_000).toISOString();
const item = async (id: string) => (await harness.inStripe(id)).live[0]?.items.data[0];
const priceOf = async (id: string) => (await item(id))?.price.unit_amount;
const licence = (id: string) =>
  harness.database
    .selectFrom('licences')
    .select(['plan', 'maxDevices', 'expiresAt'])
    .where('customerId', '=', id)
    .orderBy('issuedAt', 'desc')
    .executeTakeFirstOrThrow();
/** The one for the month that was paid, once the instance has it. */
const paidLicence = (id: string) =>
  eventually('the licence', async () => {
    const newest = await licence(id);
    const isQuiet = (await harness.status(id)).waitingFor.startsWith('the renewal');
    return isQuiet && newest.expiresAt.getTime() > Date.now() + 20 * DAY ? newest : undefined;
  });
const planOf = async (id: string) => {
  const { plan, terms } = await harness.row(id);
  return { plan, features: terms.features, licensed: (await licence(id)).plan, price: await priceOf(id) };
};
const ON_BASIC = { plan: 'basic', features: ['sso'], licensed: 'basic', price: BASIC };
const ON_PRO = { plan: 'pro', features: ['sso', 'auditTrail'], licensed: 'pro', price: PRO };
const textOf = (email: string, subject: string) =>
  eventually(
    `"${subject}"`,
    async () => (await harness.inbox.to(email)).find((mail) => mail.subject === subject)?.text,
  );

test.concurrent(
  'S4-9: in the trial another plan begins at once, costs nothing, and is charged at its end',
  async () => {
    const { customerId: id, email } = await harness.inTrial();
    const end = await harness.trialEndsAt(id);
    expect(await previewPlan(harness.deps, id, { plan: 'pro' })).toMatchObject({
      ...{ when: 'now', dueNow: 0, currency: 'usd', next: { cents: PRO, at: onTheSecond(end) } },
    });
    expect(await change(id, { plan: 'pro' })).toEqual({ plan: 'pro', cycle: 'monthly', beginsAt: null });
    expect(await planOf(id)).toEqual(ON_PRO);
    expect(await textOf(email, 'You are now on the Pro plan')).toContain('Nothing was charged');
    expect((await harness.trialEndsAt(id)) - end).toBe(0);
    await harness.pay(await harness.checkout(id, 'at_trial_end'));
    await harness.advance(id, end + DAY);
    await harness.untilPhase(id, 'subscription');
    expect(await people.paid(id)).toEqual([PRO]);
    expect(await harness.alerts(id)).toEqual([]);
  },
);

test.concurrent(
  'S4-10: more is there at once, and what is charged for the rest of the month was said before',
  async () => {
    const { id, customer } = await people.paying();
    await harness.advance(id, Date.now() + 15 * DAY);
    const { dueNow, next } = await previewPlan(harness.deps, id, { plan: 'pro' });
    expect(dueNow).toBeGreaterThan(3_000);
    expect(dueNow).toBeLessThan(4_000);
    expect(next.cents).toBe(PRO);
    await change(id, { plan: 'pro' });
    expect(await planOf(id)).toEqual(ON_PRO);
    expect(await people.paid(id)).toEqual([dueNow, BASIC]);
    expect(await textOf(customer.email, 'You are now on the Pro plan')).toContain(
      `${(dueNow / 100).toFixed(2)} USD was charged`,
    );
    await harness.advance(id, Date.parse(next.at) + DAY);
    expect(await people.paid(id)).toEqual([PRO, dueNow, BASIC]);
    expect(await harness.alerts(id)).toEqual([]);
  },
);

test.concurrent('a change whose answer was lost is charged once, and the mail says what', async () => {
  const { id, customer } = await people.paying();
  await harness.advance(id, Date.now() + 10 * DAY);
  harness.failpoints.arm('changePrice', id, 'after', 1);
  await change(id, { plan: 'pro' });
  const [charged = 0, ...before] = await people.paid(id);
  expect([before, await planOf(id)]).toEqual([[BASIC], ON_PRO]);
  const text = await textOf(customer.email, 'You are now on the Pro plan');
  expect(text).toContain(`${(charged / 100).toFixed(2)} USD was charged`);
});

test.concurrent('S4-18: a charge that is declined changes nothing, and another card makes the change', async () => {
  const { id } = await people.paying();
  const { stripeCustomerId: customer, stripeSubscriptionId: subscription } = await harness.row(id);
  const before = await paidLicence(id);
  const declined = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
    customer: customer ?? '',
  });
  await harness.stripe.subscriptions.update(subscription ?? '', { default_payment_method: declined.id });
  await expect(change(id, { plan: 'pro' })).rejects.toMatchObject({
    ...{ statusCode: 409, message: expect.stringContaining('Nothing has changed') as string },
  });
  await eventually('the licence', async () => (await licence(id)).plan === 'basic' || undefined);
  expect(await planOf(id)).toEqual(ON_BASIC);
  expect((await licence(id)).expiresAt).toEqual(before.expiresAt);
  expect((await people.invoices(id)).map(({ status }) => status)).toEqual(['paid', 'paid']);
  expect(await harness.row(id)).toMatchObject({ standing: 'active', subscriptionStatus: 'active' });
  const good = await harness.stripe.paymentMethods.attach('pm_card_visa', { customer: customer ?? '' });
  await harness.stripe.subscriptions.update(subscription ?? '', { default_payment_method: good.id });
  await change(id, { plan: 'pro' });
  expect(await planOf(id)).toEqual(ON_PRO);
});

test.concurrent('an instance that cannot be changed is not paid for', async () => {
  const { id } = await people.paying();
  await paidLicence(id);
  harness.failpoints.arm('applyStack', id, 'before', (await harness.row(id)).terms.retry.attempts);
  await expect(change(id, { plan: 'pro' })).rejects.toMatchObject({ statusCode: 409 });
  expect(await people.paid(id)).toEqual([BASIC]);
  await eventually('the plan', async () => (await licence(id)).plan === 'basic' || undefined);
  expect(await planOf(id)).toEqual(ON_BASIC);
});

test.concurrent(
  'less begins where what is paid ends: until then all is there, and then the lower price is charged',
  async () => {
    const { id, customer } = await people.paying();
    await change(id, { plan: 'pro' });
    const paid = await people.paid(id);
    const end = ((await item(id))?.current_period_end ?? 0) * 1_000;
    const { plan: before } = (await viewEntitlements(harness.database, id)) ?? {};
    expect(await previewPlan(harness.deps, id, { plan: 'basic' })).toMatchObject({
      ...{ when: 'period_end', dueNow: 0, next: { cents: BASIC, at: new Date(end).toISOString() } },
    });
    expect((await change(id, { plan: 'basic' })).beginsAt).toBe(new Date(end).toISOString());
    expect(await planOf(id)).toEqual({ ...ON_PRO, price: BASIC });
    await harness.advance(id, Date.now() + 3 * DAY);
    expect((await viewEntitlements(harness.database, id))?.plan).toBe(before);
    expect(await planOf(id)).toEqual({ ...ON_PRO, price: BASIC });
    const day = new Date(end).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    });
    expect(await textOf(customer.email, `You move to the Basic plan on ${day}`)).toContain('29.00 USD a month');
    await harness.advance(id, end + DAY / 2);
    expect(await planOf(id)).toEqual(ON_BASIC);
    expect(await people.paid(id)).toEqual([BASIC, ...paid]);
    expect((await viewEntitlements(harness.database, id))?.plan).not.toBe(before);
  },
);

test.concurrent(
  'a lower plan that is to come is taken back; then a higher one, or a year, costs what was said',
  async () => {
    const { id } = await people.paying();
    await change(id, { plan: 'pro' });
    await change(id, { plan: 'basic' });
    await expect(change(id, { plan: 'pro', cycle: 'annual' })).rejects.toThrow('Stay on your plan first');
    expect(await change(id, { plan: 'pro' })).toMatchObject({ beginsAt: null });
    expect(await planOf(id)).toEqual(ON_PRO);
    expect((await harness.row(id)).terms.planAhead).toBeUndefined();
    const { dueNow, next } = await previewPlan(harness.deps, id, { plan: 'pro', cycle: 'annual' });
    await change(id, { plan: 'pro', cycle: 'annual' });
    expect((await people.paid(id))[0]).toBe(dueNow);
    expect(next.cents).toBe(98_604);
    expect(Date.parse(next.at)).toBeGreaterThan(Date.now() + 364 * DAY);
    // A month of Pro is credited.
    expect(dueNow).toBeLessThan(98_604 - 9_000);
    expect(await planOf(id)).toEqual({ ...ON_PRO, price: 98_604 });
  },
);

test.concurrent('who leaves, or has that plan, or asks for one that is not sold so, is told', async () => {
  const { id } = await people.paying();
  await expect(change(id, { plan: 'basic' })).rejects.toThrow('This is the plan that you have');
  await expect(change(id, { plan: 'gold' })).rejects.toMatchObject({ statusCode: 422 });
  await expect(change(id, { plan: 'pro', cycle: 'quarterly' })).rejects.toMatchObject({ statusCode: 422 });
  await harness.command(id, 'cancel', { when: 'period_end' });
  await expect(change(id, { plan: 'pro' })).rejects.toThrow('Keep it first');
});

test.concurrent('a price that somebody sets in Stripe counts, whatever was to begin later', async () => {
  const { id } = await people.paying();
  await change(id, { plan: 'pro' });
  await change(id, { plan: 'basic' });
  const held = await item(id);
  const [pro] = (await harness.stripe.prices.list({ lookup_keys: ['many-prices_pro_monthly'] })).data;
  const { stripeSubscriptionId } = await harness.row(id);
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', {
    ...{ items: [{ id: held?.id ?? '', price: pro?.id ?? '' }], proration_behavior: 'none' },
  });
  await harness.untilRow(id, 'no plan ahead', ({ terms }) => terms.planAhead === undefined);
  expect(await planOf(id)).toEqual(ON_PRO);
});
