import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

type Update = Stripe.SubscriptionUpdateParams;

const APRIL = noon(2027, 4, 1);
/** Halfway through March's 31 days. */
const HALFWAY = START + 15.5 * DAY;

describe('changes of a subscription', () => {
  const sandbox = new Sandbox();

  const change = (id: string, params: Update) => sandbox.stripe.subscriptions.update(id, params);
  const itemOf = ({ subscription }: Begun): string => idOf(subscription.items.data[0]);
  const amounts = async (subscription: string): Promise<number[]> =>
    (await latestInvoice(sandbox.stripe, subscription)).lines.data.map(({ amount }) => amount);

  // "Prorations" (docs.stripe.com/billing/subscriptions/prorations)
  describe('in the middle of a period', () => {
    it.each<[string, number, number, number[]]>([
      ['more seats', 1, 3, [-2450, 7350, 14_700]],
      ['fewer seats', 3, 1, [-7350, 2450, 4900]],
    ])('%s are credited and charged by the second, on the next invoice', async (_what, from, to, lines) => {
      const { id: price } = await sandbox.harness.price();
      const begun = await sandbox.begin({ items: [{ price, quantity: from }] });
      const { id } = begun.subscription;
      await sandbox.harness.advance(begun.clock, HALFWAY);
      const changed = await change(id, { items: [{ id: itemOf(begun), quantity: to }] });
      expect(changed.items.data[0]).toMatchObject({ quantity: to, current_period_end: APRIL });
      expect(await sandbox.invoices(id)).toHaveLength(1);
      await sandbox.harness.advance(begun.clock, APRIL);
      expect(await amounts(id)).toEqual(lines);
      expect((await latestInvoice(sandbox.stripe, id)).total).toBe(lines.reduce((sum, amount) => sum + amount, 0));
    });

    it.each<[Update['proration_behavior'], number[], number]>([
      ['create_prorations', [4900], 9900 + 2500],
      ['always_invoice', [4900, 2500], 9900],
      ['none', [4900], 9900],
    ])('a dearer price by %s has charged %j by then, and %i at renewal', async (proration_behavior, now, then) => {
      const begun = await sandbox.begin();
      const { id } = begun.subscription;
      const dearer = await sandbox.harness.price(9900);
      await sandbox.harness.advance(begun.clock, HALFWAY);
      await change(id, {
        items: [{ id: itemOf(begun), price: dearer.id }],
        ...(proration_behavior && { proration_behavior }),
      });
      expect((await sandbox.invoices(id)).map(({ amount_paid }) => amount_paid)).toEqual(now);
      await sandbox.harness.advance(begun.clock, APRIL + HOUR);
      expect((await latestInvoice(sandbox.stripe, id)).amount_paid).toBe(then);
    });

    it('a proration counts from the given date', async () => {
      const begun = await sandbox.begin();
      const dearer = await sandbox.harness.price(9800);
      await sandbox.harness.advance(begun.clock, START + 20 * DAY);
      await change(begun.subscription.id, {
        ...{ items: [{ id: itemOf(begun), price: dearer.id }], proration_behavior: 'always_invoice' },
        proration_date: HALFWAY,
      });
      expect(await amounts(begun.subscription.id)).toEqual([-2450, 4900]);
    });

    it('an item without an id is added to those there are', async () => {
      const begun = await sandbox.begin();
      const addOn = await sandbox.harness.price(1000);
      const { items } = await change(begun.subscription.id, { items: [{ price: addOn.id, quantity: 2 }] });
      expect(items.data.map(({ price, quantity }) => [price.unit_amount, quantity])).toEqual([
        [4900, 1],
        [1000, 2],
      ]);
      await sandbox.harness.advance(begun.clock, APRIL);
      expect(await amounts(begun.subscription.id)).toEqual([2000, 4900, 2000]);
    });

    it('an item in another currency is refused, and so is another currency for one there is', async () => {
      const begun = await sandbox.begin();
      const { id: price } = await sandbox.stripe.prices.create({
        ...{ currency: 'eur', unit_amount: 900, recurring: { interval: 'month' } },
        product_data: { name: 'Add-on' },
      });
      for (const item of [{ price }, { id: itemOf(begun), price }]) {
        const refused = await refusal(change(begun.subscription.id, { items: [item] }));
        expect(refused).toMatchObject({ statusCode: 400, param: 'items[0][price]' });
      }
      expect((await sandbox.stripe.subscriptions.retrieve(begun.subscription.id)).items.data).toHaveLength(1);
    });

    it('an item that is deleted is credited; the last one cannot be', async () => {
      const [base, addOn] = [await sandbox.harness.price(), await sandbox.harness.price(1000)];
      const begun = await sandbox.begin({ items: [{ price: base.id }, { price: addOn.id }] });
      const { id, items } = begun.subscription;
      await sandbox.harness.advance(begun.clock, HALFWAY);
      const left = await change(id, { items: [{ id: idOf(items.data[1]), deleted: true }] });
      expect(left.items.data.map(({ price }) => price.id)).toEqual([base.id]);
      const last = change(id, { items: [{ id: itemOf(begun), deleted: true }] });
      expect(await refusal(last)).toMatchObject({ statusCode: 400 });
      await sandbox.harness.advance(begun.clock, APRIL);
      expect(await amounts(id)).toEqual([-500, 4900]);
    });

    it('a new interval begins a new period now and is billed at once', async () => {
      const begun = await sandbox.begin();
      const yearly = await sandbox.harness.price(49_000, 'year');
      await sandbox.harness.advance(begun.clock, HALFWAY);
      const changed = await change(begun.subscription.id, { items: [{ id: itemOf(begun), price: yearly.id }] });
      expect(changed.billing_cycle_anchor).toBe(HALFWAY);
      expect(changed.items.data[0]).toMatchObject({ current_period_start: HALFWAY });
      expect(new Date((changed.items.data[0]?.current_period_end ?? 0) * 1000).toISOString()).toBe(
        '2028-03-17T00:00:00.000Z',
      );
      expect(await amounts(begun.subscription.id)).toEqual([-2450, 49_000]);
    });

    it('fails with 402 and changes nothing by error_if_incomplete', async () => {
      const begun = await sandbox.begin();
      const dearer = await sandbox.harness.price(9900);
      await sandbox.useCard(begun.customer, 'pm_card_chargeCustomerFail');
      const changing = change(begun.subscription.id, {
        ...{ items: [{ id: itemOf(begun), price: dearer.id }], proration_behavior: 'always_invoice' },
        payment_behavior: 'error_if_incomplete',
      });
      expect(await refusal(changing)).toMatchObject({ statusCode: 402, code: 'card_declined' });
      const { items, status } = await sandbox.stripe.subscriptions.retrieve(begun.subscription.id);
      expect([status, items.data[0]?.price.unit_amount]).toEqual(['active', 4900]);
      expect(await sandbox.invoices(begun.subscription.id)).toHaveLength(1);
    });
  });

  // "Trial periods" (docs.stripe.com/billing/subscriptions/trials)
  describe('during a trial', () => {
    it('another price or quantity owes nothing, and is what the trial ends with', async () => {
      const begun = await sandbox.begin({ trial_period_days: 14 });
      const { id } = begun.subscription;
      const dearer = await sandbox.harness.price(9900);
      await sandbox.harness.advance(begun.clock, START + 7 * DAY);
      const items = [{ id: itemOf(begun), price: dearer.id, quantity: 2 }];
      expect(await change(id, { items, proration_behavior: 'always_invoice' })).toMatchObject({ status: 'trialing' });
      expect(await sandbox.invoices(id)).toHaveLength(1);
      await sandbox.harness.advance(begun.clock, START + 14 * DAY);
      expect(await amounts(id)).toEqual([19_800]);
    });

    it('the trial is made longer and shorter, and the billing date follows it', async () => {
      const { subscription, clock } = await sandbox.begin({ trial_period_days: 14 });
      for (const days of [21, 10]) {
        const trial_end = START + days * DAY;
        const moved = await change(subscription.id, { trial_end });
        expect(moved).toMatchObject({ status: 'trialing', trial_end, billing_cycle_anchor: trial_end });
        expect(moved.items.data[0]?.current_period_end).toBe(trial_end);
      }
      await sandbox.harness.advance(clock, START + 10 * DAY + HOUR);
      expect((await latestInvoice(sandbox.stripe, subscription.id)).amount_paid).toBe(4900);
    });

    it('the trial cannot be moved into the past', async () => {
      const { subscription } = await sandbox.begin({ trial_period_days: 14 });
      const refused = await refusal(change(subscription.id, { trial_end: START }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'trial_end' });
    });
  });

  // API reference, "Update a subscription" (docs.stripe.com/api/subscriptions/update)
  describe('of what describes it', () => {
    it('merge the metadata of the subscription and of its items', async () => {
      const begun = await sandbox.begin({ metadata: { a: '1', b: '2' } });
      const items = [{ id: itemOf(begun), metadata: { kind: 'base' } }];
      const changed = await change(begun.subscription.id, { metadata: { b: '', c: '3' }, items });
      expect(changed.metadata).toEqual({ a: '1', c: '3' });
      expect(changed.items.data[0]).toMatchObject({ metadata: { kind: 'base' }, quantity: 1 });
      expect(await sandbox.invoices(begun.subscription.id)).toHaveLength(1);
    });

    it('clear the description with an empty string', async () => {
      const { subscription } = await sandbox.begin({ description: 'Pro' });
      expect((await change(subscription.id, { description: '' })).description).toBeNull();
    });

    it.each<[string, Update, string]>([
      ['an item it does not have', { items: [{ id: 'si_nothing', quantity: 2 }] }, 'items[0][id]'],
      ['an unknown price', { items: [{ price: 'price_nothing' }] }, 'items[0][price]'],
      ['an unknown payment method', { default_payment_method: 'pm_nothing' }, 'default_payment_method'],
    ])('are refused with %s', async (_what, params, param) => {
      const { subscription } = await sandbox.begin();
      const refused = await refusal(change(subscription.id, params));
      expect(refused).toMatchObject({ statusCode: 400, code: 'resource_missing', param });
    });
  });

  // "Resume a paused subscription" (docs.stripe.com/api/subscriptions/resume)
  describe('that resume it', () => {
    it('begin a new period now and charge for it', async () => {
      const { subscription, clock, customer } = await sandbox.begin({
        ...{ card: null, trial_period_days: 7 },
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      });
      await sandbox.harness.advance(clock, START + 20 * DAY);
      await sandbox.useCard(customer, 'pm_card_visa');
      const resumed = await sandbox.stripe.subscriptions.resume(subscription.id);
      expect(resumed).toMatchObject({ status: 'active', billing_cycle_anchor: START + 20 * DAY });
      expect(await amounts(subscription.id)).toEqual([4900]);
    });

    it.each([{ trial_period_days: 7 }, {}])('are refused unless it is paused', async (params) => {
      const { subscription } = await sandbox.begin(params);
      expect(await refusal(sandbox.stripe.subscriptions.resume(subscription.id))).toMatchObject({ statusCode: 400 });
    });
  });
});
