import type { Stripe } from 'stripe';
import { DAY, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

type Terms = Stripe.CouponCreateParams;

describe('coupons and discounts', () => {
  const sandbox = new Sandbox();

  const coupon = async (terms: Terms): Promise<string> => (await sandbox.stripe.coupons.create(terms)).id;
  const beginWith = async (terms: Terms, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    sandbox.begin({ discounts: [{ coupon: await coupon(terms) }], ...more });
  const totals = async (subscription: string): Promise<number[]> =>
    (await sandbox.invoices(subscription)).map(({ total }) => total);
  const months = async (clock: string, count: number): Promise<void> => {
    for (let month = 1; month <= count; month += 1) await sandbox.harness.advance(clock, noon(2027, 3 + month, 1));
  };

  // API reference, "Create a coupon" (docs.stripe.com/api/coupons/create)
  describe('new coupons', () => {
    it('apply once unless told otherwise, and count the customers who used them', async () => {
      const made = await sandbox.stripe.coupons.create({ percent_off: 25, name: 'Spring' });
      expect(made).toMatchObject({
        ...{ percent_off: 25, amount_off: null, currency: null, duration: 'once', duration_in_months: null },
        ...{ name: 'Spring', times_redeemed: 0, valid: true, max_redemptions: null, redeem_by: null },
      });
    });

    it.each<[string, Terms]>([
      ['neither a part nor an amount', { duration: 'once' }],
      ['both a part and an amount', { percent_off: 10, amount_off: 100, currency: 'usd' }],
      ['an amount without a currency', { amount_off: 100 }],
      ['more than all of it', { percent_off: 101 }],
      ['repetition without a number of months', { percent_off: 10, duration: 'repeating' }],
      ['a number of months without repetition', { percent_off: 10, duration: 'once', duration_in_months: 3 }],
    ])('are refused with %s', async (_what, terms) => {
      expect(await refusal(sandbox.stripe.coupons.create(terms))).toMatchObject({ statusCode: 400 });
    });

    it('take an id of ours once, and change only their name and metadata', async () => {
      const id = await coupon({ id: `spring-${String(Date.now())}`, percent_off: 10 });
      const again = await refusal(sandbox.stripe.coupons.create({ id, percent_off: 20 }));
      expect(again).toMatchObject({ statusCode: 400, code: 'resource_already_exists' });
      const renamed = await sandbox.stripe.coupons.update(id, { name: 'New', metadata: { by: 'us' } });
      expect(renamed).toMatchObject({ name: 'New', metadata: { by: 'us' }, percent_off: 10 });
      const terms = { percent_off: 90 } as Stripe.CouponUpdateParams;
      expect(await refusal(sandbox.stripe.coupons.update(id, terms))).toMatchObject({ param: 'percent_off' });
    });

    it('free their id when they are deleted', async () => {
      const id = await coupon({ id: `autumn-${String(Date.now())}`, percent_off: 10 });
      await sandbox.stripe.coupons.del(id);
      expect(await sandbox.stripe.coupons.create({ id, percent_off: 20 })).toMatchObject({ id, percent_off: 20 });
      expect(await sandbox.stripe.coupons.retrieve(id)).toMatchObject({ percent_off: 20 });
    });
  });

  // "Coupons and promotion codes" (docs.stripe.com/billing/subscriptions/coupons)
  describe('what they take off', () => {
    it.each<[string, Terms, number, number]>([
      ['a quarter', { percent_off: 25 }, 1225, 3675],
      ['a third, rounded', { percent_off: 33.3 }, 1632, 3268],
      ['all', { percent_off: 100 }, 4900, 0],
      ['an amount', { amount_off: 1000, currency: 'usd' }, 1000, 3900],
      ['never more than there is', { amount_off: 9900, currency: 'usd' }, 4900, 0],
    ])('%s', async (_what, terms, discount, total) => {
      const { subscription } = await beginWith(terms);
      const invoice = await latestInvoice(sandbox.stripe, subscription.id);
      expect(invoice).toMatchObject({ status: 'paid', subtotal: 4900, total, amount_paid: total });
      expect(invoice.total_discount_amounts?.map(({ amount }) => amount)).toEqual([discount]);
      expect(invoice.lines.data[0]).toMatchObject({ amount: 4900, discount_amounts: [{ amount: discount }] });
    });

    it('an amount off several lines counts once', async () => {
      const [base, addOn] = [await sandbox.harness.price(), await sandbox.harness.price(1000)];
      const items = [{ price: base.id }, { price: addOn.id }];
      const { subscription } = await beginWith({ amount_off: 5000, currency: 'usd' }, { items });
      expect(await totals(subscription.id)).toEqual([900]);
    });

    it('two coupons apply one after the other', async () => {
      const discounts = [{ coupon: await coupon({ percent_off: 50 }) }, { coupon: await coupon({ percent_off: 10 }) }];
      const { subscription } = await sandbox.begin({ discounts });
      expect(await totals(subscription.id)).toEqual([2205]);
    });
  });

  // "Coupon duration" (docs.stripe.com/billing/subscriptions/coupons#coupon-duration)
  describe('for how long', () => {
    it.each<[string, Terms, number[]]>([
      ['once', { percent_off: 50, duration: 'once' }, [2450, 4900, 4900]],
      ['for two months', { percent_off: 50, duration: 'repeating', duration_in_months: 2 }, [2450, 2450, 4900]],
      ['forever', { percent_off: 50, duration: 'forever' }, [2450, 2450, 2450]],
    ])('%s', async (_what, terms, expected) => {
      const { subscription, clock } = await beginWith(terms);
      await months(clock, 2);
      expect(await totals(subscription.id)).toEqual(expected);
    });

    it('once, after a trial, is the first charge', async () => {
      const { subscription, clock } = await beginWith({ percent_off: 50 }, { trial_period_days: 14 });
      await sandbox.harness.advance(clock, START + 14 * DAY);
      await sandbox.harness.advance(clock, noon(2027, 4, 15));
      expect(await totals(subscription.id)).toEqual([0, 2450, 4900]);
    });

    it('is shown by the discount, from its beginning to its end', async () => {
      const terms: Terms = { percent_off: 50, duration: 'repeating', duration_in_months: 3 };
      const { subscription } = await beginWith(terms);
      const { discounts } = await sandbox.stripe.subscriptions.retrieve(subscription.id, { expand: ['discounts'] });
      expect(discounts).toMatchObject([{ start: START, end: noon(2027, 6, 1), subscription: subscription.id }]);
    });
  });

  describe('the customers who may use them', () => {
    it('as many as were said; after that they are not valid any more', async () => {
      const id = await coupon({ percent_off: 50, max_redemptions: 1 });
      await sandbox.begin({ discounts: [{ coupon: id }] });
      expect(await sandbox.stripe.coupons.retrieve(id)).toMatchObject({ times_redeemed: 1, valid: false });
      const second = await refusal(sandbox.begin({ discounts: [{ coupon: id }] }));
      expect(second).toMatchObject({ statusCode: 400, param: 'discounts[0][coupon]' });
    });

    it('nobody after the date to redeem them by', async () => {
      const redeem_by = Math.floor(Date.now() / 1000) + 3600;
      const id = await coupon({ percent_off: 50, redeem_by });
      const late = sandbox.begin({ at: Math.max(START, redeem_by + DAY), discounts: [{ coupon: id }] });
      expect(await refusal(late)).toMatchObject({ statusCode: 400, code: 'coupon_expired' });
    });

    it('nobody once they are deleted; a customer who has one keeps it', async () => {
      const id = await coupon({ percent_off: 50, duration: 'forever' });
      const { subscription, clock } = await sandbox.begin({ discounts: [{ coupon: id }] });
      expect(await sandbox.stripe.coupons.del(id)).toMatchObject({ id, deleted: true });
      const refused = await refusal(sandbox.begin({ discounts: [{ coupon: id }] }));
      expect(refused).toMatchObject({ code: 'resource_missing', param: 'discounts[0][coupon]' });
      await months(clock, 1);
      expect(await totals(subscription.id)).toEqual([2450, 2450]);
    });
  });

  // API reference, "Update a subscription", `discounts` (docs.stripe.com/api/subscriptions/update)
  describe('on a subscription that runs', () => {
    it('counts from the next invoice', async () => {
      const { subscription, clock } = await sandbox.begin();
      const discounts = [{ coupon: await coupon({ percent_off: 50, duration: 'forever' }) }];
      const changed = await sandbox.stripe.subscriptions.update(subscription.id, { discounts });
      expect(changed.discounts).toHaveLength(1);
      await months(clock, 1);
      expect(await totals(subscription.id)).toEqual([4900, 2450]);
    });

    it('is taken away with an empty string', async () => {
      const { subscription, clock } = await beginWith({ percent_off: 50, duration: 'forever' });
      expect(subscription.discounts.map(idOf)[0]).toMatch(/^di_/);
      const changed = await sandbox.stripe.subscriptions.update(subscription.id, { discounts: '' });
      expect(changed.discounts).toEqual([]);
      await months(clock, 1);
      expect(await totals(subscription.id)).toEqual([2450, 4900]);
    });
  });
});
