import type { Stripe } from 'stripe';
import { DAY, idOf, latestInvoice, refusal, START } from './harness.ts';
import { Sandbox } from './scenario.ts';

// "Promotion codes" (docs.stripe.com/billing/subscriptions/coupons#promotion-codes); API reference, "Promotion codes"
// (docs.stripe.com/api/promotion_codes)
describe('promotion codes', () => {
  const sandbox = new Sandbox();
  let last = 0;

  const coupon = async (percent_off = 50): Promise<string> =>
    (await sandbox.stripe.coupons.create({ percent_off, duration: 'once' })).id;
  const make = async (more: Partial<Stripe.PromotionCodeCreateParams> = {}): Promise<Stripe.PromotionCode> => {
    last += 1;
    return sandbox.stripe.promotionCodes.create({
      ...{ promotion: { type: 'coupon', coupon: await coupon() }, code: `SPRING${String(last)}` },
      ...more,
    });
  };
  const subscribe = (promotion_code: string, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    sandbox.begin({ discounts: [{ promotion_code }], ...more });

  it('name a coupon by a word, which is made up when none is given', async () => {
    const promotion = { type: 'coupon' as const, coupon: await coupon() };
    const given = await make({ promotion, code: 'FRIENDS' });
    expect(given).toMatchObject({ code: 'FRIENDS', active: true, promotion, times_redeemed: 0, max_redemptions: null });
    const { code } = await sandbox.stripe.promotionCodes.create({ promotion });
    expect(code).toMatch(/^[A-Z0-9]{8}$/);
    const expanded = await sandbox.stripe.promotionCodes.retrieve(given.id, { expand: ['promotion.coupon'] });
    expect((expanded.promotion.coupon as Stripe.Coupon).percent_off).toBe(50);
  });

  it('give a subscription the discount of their coupon, and count it', async () => {
    const { id } = await make();
    const { subscription } = await subscribe(id);
    expect((await latestInvoice(sandbox.stripe, subscription.id)).amount_paid).toBe(2450);
    const first = await latestInvoice(sandbox.stripe, subscription.id);
    const discount = await sandbox.stripe.invoices.retrieve(first.id, { expand: ['discounts'] });
    expect(discount.discounts).toMatchObject([{ promotion_code: id }]);
    expect((await sandbox.stripe.promotionCodes.retrieve(id)).times_redeemed).toBe(1);
  });

  it('of 100 % charge nothing', async () => {
    const { id } = await make({ promotion: { type: 'coupon', coupon: await coupon(100) } });
    const { subscription } = await subscribe(id);
    expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status: 'paid', amount_due: 0 });
  });

  it('are given to a subscription that runs', async () => {
    const { id } = await make();
    const { subscription } = await sandbox.begin({ trial_period_days: 14 });
    const changed = await sandbox.stripe.subscriptions.update(subscription.id, {
      ...{ discounts: [{ promotion_code: id }], expand: ['discounts'] },
    });
    expect(changed.discounts).toMatchObject([{ promotion_code: id }]);
  });

  it('work on Checkout, whose amounts count them in', async () => {
    const { id } = await make();
    const { id: customer } = await sandbox.stripe.customers.create();
    const session = await sandbox.stripe.checkout.sessions.create({
      ...{ mode: 'subscription', customer, success_url: 'http://127.0.0.1:1/done' },
      line_items: [{ price: (await sandbox.harness.price()).id, quantity: 1 }],
      discounts: [{ promotion_code: id }],
    });
    expect(session).toMatchObject({ amount_total: 2450, discounts: [{ promotion_code: id, coupon: null }] });
    await sandbox.harness.control.post(`checkout/${session.id}/complete`, { card: '4242424242424242' });
    const [charge] = (await sandbox.stripe.charges.list({ customer })).data;
    expect(charge?.amount).toBe(2450);
  });

  it.each<[string, () => Promise<Stripe.PromotionCode>]>([
    ['switched off', () => make({ active: false })],
    ['past their date', () => make({ expires_at: START - DAY })],
    ['for somebody else', async () => make({ customer: (await sandbox.stripe.customers.create()).id })],
    ['for dearer things', () => make({ restrictions: { minimum_amount: 10_000, minimum_amount_currency: 'usd' } })],
    [
      'used up',
      async () => {
        const code = await make({ max_redemptions: 1 });
        await subscribe(code.id);
        return code;
      },
    ],
  ])('do nothing when they are %s', async (_what, prepare) => {
    const { id } = await prepare();
    const refused = await refusal(subscribe(id));
    expect(refused).toMatchObject({ statusCode: 400, param: 'discounts[0][promotion_code]' });
  });

  it('for a first payment are refused to who has paid before', async () => {
    const { id } = await make({ restrictions: { first_time_transaction: true } });
    const { customer } = await subscribe(id);
    const items = [{ price: (await sandbox.harness.price()).id }];
    const again = sandbox.stripe.subscriptions.create({ customer, items, discounts: [{ promotion_code: id }] });
    expect((await refusal(again)).message).toContain('prior transactions');
  });

  it('exist once, in upper or lower case, until they are switched off', async () => {
    const { id } = await make({ code: 'ONCE' });
    const promotion = { type: 'coupon' as const, coupon: await coupon() };
    expect(await refusal(make({ promotion, code: 'once' }))).toMatchObject({ statusCode: 400, param: 'code' });
    await sandbox.stripe.promotionCodes.update(id, { active: false });
    expect((await make({ promotion, code: 'Once' })).active).toBe(true);
    expect(await refusal(sandbox.stripe.promotionCodes.update(id, { active: true }))).toMatchObject({
      statusCode: 400,
    });
  });

  it('are found by their code, their coupon and whether they are active', async () => {
    const { id, code, promotion } = await make();
    const ids = async (params: Stripe.PromotionCodeListParams) =>
      (await sandbox.stripe.promotionCodes.list(params)).data.map((one) => one.id);
    expect(await ids({ code })).toEqual([id]);
    expect(await ids({ coupon: idOf(promotion.coupon) })).toEqual([id]);
    await sandbox.stripe.promotionCodes.update(id, { active: false, metadata: { why: 'over' } });
    expect(await ids({ code, active: true })).toEqual([]);
    expect(await sandbox.stripe.promotionCodes.retrieve(id)).toMatchObject({ metadata: { why: 'over' } });
  });

  it('cannot stand beside a coupon in one discount', async () => {
    const { id } = await make();
    const both = sandbox.begin({ discounts: [{ promotion_code: id, coupon: await coupon() }] });
    expect(await refusal(both)).toMatchObject({ statusCode: 400, param: 'discounts' });
  });
});
