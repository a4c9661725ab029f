import type { Stripe } from 'stripe';
import { DAY, HOUR, latestInvoice, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
const MAY = noon(2027, 5, 1);

describe('changes of a subscription', () => {
  const sandbox = new Sandbox();
  const change = (id: string, params: Stripe.SubscriptionUpdateParams) =>
    sandbox.stripe.subscriptions.update(id, params);

  // "Pause payment collection" (docs.stripe.com/billing/subscriptions/pause-payment)
  describe('that pause the collection of payments', () => {
    it.each([
      ['keep_as_draft', 'draft'],
      ['mark_uncollectible', 'uncollectible'],
      ['void', 'void'],
    ] as const)('%s: the subscription stays active and its invoice becomes %s', async (behavior, status) => {
      const { subscription, clock } = await sandbox.begin();
      await change(subscription.id, { pause_collection: { behavior } });
      await sandbox.harness.advance(clock, APRIL);
      const paused = await sandbox.stripe.subscriptions.retrieve(subscription.id);
      expect(paused).toMatchObject({ status: 'active', pause_collection: { behavior, resumes_at: null } });
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status, amount_paid: 0 });
      expect((await change(subscription.id, { pause_collection: '' })).pause_collection).toBeNull();
      await sandbox.harness.advance(clock, MAY + HOUR);
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status: 'paid', amount_paid: 4900 });
    });

    // "Change the billing cycle" (docs.stripe.com/billing/subscriptions/billing-cycle)
    it.each(['pm_card_visa', 'pm_card_chargeCustomerFail'])(
      'ended together with a new billing cycle, charge a whole period now, or stay as they were (%s)',
      async (card) => {
        const begun = await sandbox.begin();
        const { id } = begun.subscription;
        await change(id, { pause_collection: { behavior: 'void' } });
        await sandbox.harness.advance(begun.clock, APRIL + 10 * DAY);
        await sandbox.useCard(begun.customer, card);
        const resumed = change(id, {
          ...{ pause_collection: '', billing_cycle_anchor: { type: 'now' }, proration_behavior: 'none' },
          payment_behavior: 'error_if_incomplete',
        });
        await resumed.catch(() => undefined);
        const isPaid = card === 'pm_card_visa';
        const { pause_collection: pause, items } = await sandbox.stripe.subscriptions.retrieve(id);
        expect(pause === null).toBe(isPaid);
        expect(items.data[0]?.current_period_start).toBe(isPaid ? APRIL + 10 * DAY : APRIL);
        const invoices = (await sandbox.invoices(id)).map(({ status, amount_paid }) => [status, amount_paid]);
        expect(invoices).toEqual([['paid', 4900], ['void', 0], ...(isPaid ? [['paid', 4900]] : [])]);
      },
    );

    it('until a date, collect again after it', async () => {
      const { subscription, clock } = await sandbox.begin();
      const pause_collection = { behavior: 'void', resumes_at: APRIL + DAY } as const;
      await change(subscription.id, { pause_collection });
      for (const at of [MAY, MAY + HOUR]) await sandbox.harness.advance(clock, at);
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).pause_collection).toBeNull();
      expect((await sandbox.invoices(subscription.id)).map(({ status }) => status)).toEqual(['paid', 'void', 'paid']);
    });

    // "Pause payment collection" (docs.stripe.com/billing/subscriptions/pause-payment): kept drafts can be collected later;
    // what is voided does not use the customer's credit; the status of the subscription does not tell
    it('kept as a draft, the invoice can be collected later', async () => {
      const { subscription, clock } = await sandbox.begin();
      await change(subscription.id, { pause_collection: { behavior: 'keep_as_draft' } });
      await sandbox.harness.advance(clock, APRIL + DAY);
      const kept = await latestInvoice(sandbox.stripe, subscription.id);
      expect(kept).toMatchObject({ status: 'draft', auto_advance: false, automatically_finalizes_at: null });
      await change(subscription.id, { pause_collection: '' });
      await sandbox.harness.advance(clock, APRIL + 2 * DAY);
      expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe('draft');
      await sandbox.stripe.invoices.update(kept.id, { auto_advance: true });
      await sandbox.harness.advance(clock, APRIL + 3 * DAY);
      expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe('paid');
    });

    it.each(['keep_as_draft', 'mark_uncollectible', 'void'] as const)(
      '%s: charges nothing, and uses no credit',
      async (behavior) => {
        const { subscription, clock, customer } = await sandbox.begin();
        const item = subscription.items.data[0]?.id ?? '';
        const yearly = await sandbox.harness.price(1000, 'year');
        await change(subscription.id, { items: [{ id: item, price: yearly.id }] });
        const { balance } = (await sandbox.stripe.customers.retrieve(customer)) as Stripe.Customer;
        expect(balance).toBeLessThan(0);
        const before = (await sandbox.stripe.charges.list({ customer })).data.length;
        await change(subscription.id, { pause_collection: { behavior } });
        await sandbox.harness.advance(clock, START + 366 * DAY);
        expect(await sandbox.invoices(subscription.id)).toHaveLength(3);
        expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ balance, delinquent: false });
        expect((await sandbox.stripe.charges.list({ customer })).data).toHaveLength(before);
      },
    );

    it('in a trial, lets it end without a charge', async () => {
      const { subscription, clock } = await sandbox.begin({ trial_period_days: 14 });
      await change(subscription.id, { pause_collection: { behavior: 'void' } });
      await sandbox.harness.advance(clock, START + 15 * DAY);
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status: 'void', amount_paid: 0 });
    });
  });
});
