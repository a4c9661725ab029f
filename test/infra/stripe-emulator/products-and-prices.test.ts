import type { Stripe } from 'stripe';
import { HOUR, idOf, latestInvoice, refusal } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

type Interval = Stripe.PriceCreateParams.Recurring.Interval;

describe('products and prices', () => {
  const sandbox = new Sandbox();
  let made = 0;
  const named = (what: string): string => `${what}_${String((made += 1))}`;

  const price = async (more: Partial<Stripe.PriceCreateParams> = {}): Promise<Stripe.Price> =>
    sandbox.stripe.prices.create({
      currency: 'usd',
      unit_amount: 1000,
      recurring: { interval: 'month' },
      ...(more.product ? {} : { product_data: { name: 'Plan' } }),
      ...more,
    });

  // API reference, "Create a product", "Update a product", "Delete a product" (docs.stripe.com/api/products)
  describe('products', () => {
    it('are active unless told otherwise, and take an id of ours once', async () => {
      const id = named('plan');
      const product = await sandbox.stripe.products.create({ id, name: 'Pro' });
      expect(product).toMatchObject({
        id,
        name: 'Pro',
        active: true,
        default_price: null,
        description: null,
        metadata: {},
      });
      const again = await refusal(sandbox.stripe.products.create({ id, name: 'Other' }));
      expect(again).toMatchObject({ statusCode: 400, code: 'resource_already_exists' });
    });

    it('change only in what is named', async () => {
      const { id } = await sandbox.stripe.products.create({ name: 'Pro', description: 'All of it' });
      const archived = await sandbox.stripe.products.update(id, { active: false });
      expect(archived).toMatchObject({ name: 'Pro', description: 'All of it', active: false });
      const changed = await sandbox.stripe.products.update(id, { name: 'Max', description: '' });
      expect(changed).toMatchObject({ name: 'Max', description: null, active: false });
    });

    it('have a default price, which has to exist', async () => {
      const { id } = await sandbox.stripe.products.create({ name: 'Pro' });
      const { id: default_price } = await price({ product: id });
      expect(await sandbox.stripe.products.update(id, { default_price })).toMatchObject({ default_price });
      const refused = await refusal(sandbox.stripe.products.update(id, { default_price: 'price_nothing' }));
      expect(refused).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'default_price' });
    });

    it('can be deleted only while they have no prices', async () => {
      const empty = await sandbox.stripe.products.create({ name: 'Pro' });
      expect(await sandbox.stripe.products.del(empty.id)).toMatchObject({ id: empty.id, deleted: true });
      expect(await refusal(sandbox.stripe.products.retrieve(empty.id))).toMatchObject({ statusCode: 404 });
      const sold = idOf((await price()).product);
      expect(await refusal(sandbox.stripe.products.del(sold))).toMatchObject({ statusCode: 400 });
    });
  });

  // API reference, "Create a price" (docs.stripe.com/api/prices/create)
  describe('new prices', () => {
    it('make their product on the way, bill every single interval, and write the currency in lower case', async () => {
      const created = await price({ currency: 'EUR', product_data: { name: 'Inline' } });
      expect(created).toMatchObject({
        active: true,
        currency: 'eur',
        type: 'recurring',
        recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
        unit_amount: 1000,
        billing_scheme: 'per_unit',
      });
      expect(await sandbox.stripe.products.retrieve(idOf(created.product))).toMatchObject({ name: 'Inline' });
    });

    it('are for one time without an interval', async () => {
      const { id } = await sandbox.stripe.products.create({ name: 'Setup fee' });
      const once = await sandbox.stripe.prices.create({ currency: 'usd', unit_amount: 500, product: id });
      expect(once).toMatchObject({ type: 'one_time', recurring: null });
    });

    it.each<[Interval, number]>([
      ['day', 1095],
      ['week', 156],
      ['month', 36],
      ['year', 3],
    ])('bill at the longest every three years: by %s, %i at most', async (interval, most) => {
      expect((await price({ recurring: { interval, interval_count: most } })).recurring?.interval_count).toBe(most);
      const refused = await refusal(price({ recurring: { interval, interval_count: most + 1 } }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'recurring[interval_count]' });
    });

    it.each<[string, Partial<Stripe.PriceCreateParams>, string]>([
      ['an unknown currency', { currency: 'us' }, 'currency'],
      ['a negative amount', { unit_amount: -1 }, 'unit_amount'],
      ['an unknown product', { product: 'prod_nothing' }, 'product'],
      ['an interval of nothing', { recurring: { interval: 'month', interval_count: 0 } }, 'recurring[interval_count]'],
    ])('are refused with %s', async (_what, more, param) => {
      expect(await refusal(price(more))).toMatchObject({ statusCode: 400, param });
    });

    it('may cost nothing, and a subscription to them needs no card', async () => {
      const free = await price({ unit_amount: 0 });
      const { subscription } = await sandbox.begin({ card: null, price: free.id });
      expect(subscription.status).toBe('active');
      expect(await latestInvoice(sandbox.stripe, subscription.id)).toMatchObject({ status: 'paid', total: 0 });
    });
  });

  // "How products and prices work", "Manage prices" (docs.stripe.com/products-prices/manage-prices)
  describe('prices that exist', () => {
    it.each(['unit_amount', 'currency', 'recurring', 'product'])('cannot change their %s', async (param) => {
      const { id } = await price();
      const patch = { [param]: param === 'recurring' ? { interval: 'year' } : '1' };
      const refused = await refusal(sandbox.stripe.prices.update(id, patch));
      expect(refused.statusCode).toBe(400);
      expect(refused.param).toMatch(new RegExp(`^${param}`));
    });

    it('change their nickname and metadata', async () => {
      const { id } = await price({ nickname: 'Old', metadata: { tier: '1' } });
      const changed = await sandbox.stripe.prices.update(id, { nickname: 'New', metadata: { tier: '2' } });
      expect(changed).toMatchObject({ nickname: 'New', metadata: { tier: '2' }, unit_amount: 1000 });
    });

    it('once archived, take no new subscription and go on to bill those they have', async () => {
      const { id } = await price();
      const { clock, customer, subscription } = await sandbox.begin({ price: id });
      await sandbox.stripe.prices.update(id, { active: false });
      const another = sandbox.stripe.subscriptions.create({ customer, items: [{ price: id }] });
      expect(await refusal(another)).toMatchObject({ statusCode: 400, param: 'items[0][price]' });
      await sandbox.harness.advance(clock, noon(2027, 4, 1) + HOUR);
      expect((await sandbox.invoices(subscription.id)).map(({ amount_paid }) => amount_paid)).toEqual([1000, 1000]);
    });

    it('for one time, make no subscription', async () => {
      const { id } = await sandbox.stripe.products.create({ name: 'Setup fee' });
      const once = await sandbox.stripe.prices.create({ currency: 'usd', unit_amount: 500, product: id });
      expect(await refusal(sandbox.begin({ price: once.id }))).toMatchObject({
        statusCode: 400,
        param: 'items[0][price]',
      });
    });
  });

  // API reference, "List all prices"; "Lookup keys" (docs.stripe.com/products-prices/manage-prices#lookup-keys)
  describe('finding prices', () => {
    it('by lookup key, which only one price has at a time', async () => {
      const lookup_key = named('monthly');
      const old = await price({ lookup_key });
      const refused = await refusal(price({ lookup_key }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'lookup_key' });
      const next = await price({ lookup_key, transfer_lookup_key: true });
      const { data } = await sandbox.stripe.prices.list({ lookup_keys: [lookup_key] });
      expect(data.map(({ id }) => id)).toEqual([next.id]);
      expect((await sandbox.stripe.prices.retrieve(old.id)).lookup_key).toBeNull();
    });

    it('by lookup key after it moved to a price that existed already', async () => {
      const lookup_key = named('yearly');
      await price({ lookup_key });
      const { id } = await price();
      expect(await refusal(sandbox.stripe.prices.update(id, { lookup_key }))).toMatchObject({ param: 'lookup_key' });
      await sandbox.stripe.prices.update(id, { lookup_key, transfer_lookup_key: true });
      expect((await sandbox.stripe.prices.list({ lookup_keys: [lookup_key] })).data[0]?.id).toBe(id);
    });

    it.each<[string, Stripe.PriceListParams, string[]]>([
      ['the product', {}, ['yearly', 'once', 'archived', 'euro', 'monthly']],
      ['being active', { active: true }, ['yearly', 'once', 'euro', 'monthly']],
      ['being archived', { active: false }, ['archived']],
      ['the kind', { type: 'one_time' }, ['once']],
      ['the currency', { currency: 'eur' }, ['euro']],
    ])('by %s, newest first', async (_what, filter, nicknames) => {
      const { id: product } = await sandbox.stripe.products.create({ name: 'Pro' });
      const make = (nickname: string, more: Partial<Stripe.PriceCreateParams> = {}) =>
        price({ product, nickname, ...more });
      await make('monthly');
      await make('euro', { currency: 'eur' });
      await make('archived', { active: false });
      await sandbox.stripe.prices.create({ product, nickname: 'once', currency: 'usd', unit_amount: 1 });
      await make('yearly', { recurring: { interval: 'year' } });
      const { data } = await sandbox.stripe.prices.list({ product, ...filter });
      expect(data.map(({ nickname }) => nickname)).toEqual(nicknames);
    });
  });
});
