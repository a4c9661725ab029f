import type { Stripe } from 'stripe';
import { DAY, idOf, refusal, START } from './harness.ts';
import { Sandbox } from './scenario.ts';

describe('lists and search', () => {
  const sandbox = new Sandbox();

  // API reference, "Pagination" (docs.stripe.com/api/pagination)
  describe('pages of a list', () => {
    let customer: string;
    /** Newest first, as lists are. */
    let made: string[];

    beforeAll(async () => {
      ({ id: customer } = await sandbox.stripe.customers.create());
      made = [];
      for (let index = 0; index < 12; index += 1)
        made.unshift((await sandbox.stripe.setupIntents.create({ customer })).id);
    });

    const page = (params: Stripe.SetupIntentListParams = {}) =>
      sandbox.stripe.setupIntents.list({ customer, ...params });
    const ids = async (params: Stripe.SetupIntentListParams) => (await page(params)).data.map(({ id }) => id);

    it('hold ten unless told otherwise, newest first, and say that there is more', async () => {
      const { object, data, has_more, url } = await page();
      expect(data.map(({ id }) => id)).toEqual(made.slice(0, 10));
      expect({ object, has_more, url }).toEqual({ object: 'list', has_more: true, url: '/v1/setup_intents' });
    });

    it.each([
      [1, true],
      [11, true],
      [12, false],
      [100, false],
    ])('of %i say whether there is more: %s', async (limit, has_more) => {
      const found = await page({ limit });
      expect([found.data.length, found.has_more]).toEqual([Math.min(limit, 12), has_more]);
    });

    it.each([0, 101, -1])('of %i are refused: the limit is 1 to 100', async (limit) => {
      expect(await refusal(page({ limit }))).toMatchObject({ statusCode: 400, param: 'limit' });
    });

    it('go on after an object, without it', async () => {
      expect(await ids({ limit: 3, starting_after: made[2] ?? '' })).toEqual(made.slice(3, 6));
      expect(await ids({ starting_after: made[11] ?? '' })).toEqual([]);
    });

    it('go back before an object, still newest first', async () => {
      expect(await ids({ limit: 3, ending_before: made[6] ?? '' })).toEqual(made.slice(3, 6));
      expect(await ids({ ending_before: made[0] ?? '' })).toEqual([]);
    });

    it.each(['starting_after', 'ending_before'] as const)('do not go on from an unknown id by %s', async (param) => {
      const refused = await refusal(page({ [param]: 'seti_nothing' }));
      expect(refused).toMatchObject({ statusCode: 400, code: 'resource_missing', param });
    });

    it('are read one after the other by the client, each object once', async () => {
      const all = await page({ limit: 5 }).autoPagingToArray({ limit: 100 });
      expect(all.map(({ id }) => id)).toEqual(made);
    });

    it('do not shift when something new comes in between', async () => {
      const { id: other } = await sandbox.stripe.customers.create();
      const make = async () => (await sandbox.stripe.setupIntents.create({ customer: other })).id;
      const [first, second] = [await make(), await make()];
      expect((await page({ customer: other, limit: 1 })).data[0]?.id).toBe(second);
      await make();
      expect(await ids({ customer: other, limit: 1, starting_after: second })).toEqual([first]);
    });
  });

  // API reference, "Retrieve an invoice's line items" (docs.stripe.com/api/invoice-line-item/list)
  describe('pages of the lines of an invoice', () => {
    let invoice: string;
    let whole: string[];

    beforeAll(async () => {
      const items: { price: string }[] = [];
      for (let amount = 1; amount <= 12; amount += 1) items.push({ price: (await sandbox.harness.price(amount)).id });
      invoice = idOf((await sandbox.begin({ items })).subscription.latest_invoice);
      whole = (await sandbox.stripe.invoices.listLineItems(invoice, { limit: 100 })).data.map(idOf);
    });

    it('follow one another in the order of the invoice', async () => {
      const { lines } = await sandbox.stripe.invoices.retrieve(invoice);
      expect(lines.data.map(idOf).slice(0, 10)).toEqual(whole.slice(0, 10));
      const all = await sandbox.stripe.invoices.listLineItems(invoice, { limit: 5 }).autoPagingToArray({ limit: 100 });
      expect(all.map(({ amount }) => amount)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });

    it.each<[string, (ids: string[]) => Stripe.InvoiceListLineItemsParams, number[], boolean]>([
      ['ten unless told otherwise', () => ({}), [0, 10], true],
      ['as many as asked for', () => ({ limit: 3 }), [0, 3], true],
      ['after a line', (ids) => ({ limit: 3, starting_after: ids[9] ?? '' }), [10, 12], false],
      ['before a line', (ids) => ({ limit: 3, ending_before: ids[5] ?? '' }), [2, 5], true],
      ['before a line near the beginning', (ids) => ({ limit: 3, ending_before: ids[2] ?? '' }), [0, 2], false],
    ])('%s', async (_what, params, [from, to], has_more) => {
      const found = await sandbox.stripe.invoices.listLineItems(invoice, params(whole));
      expect(found.data.map(idOf)).toEqual(whole.slice(from, to));
      expect(found.has_more).toBe(has_more);
    });

    it('do not go on from a line that there is not', async () => {
      const unknown = sandbox.stripe.invoices.listLineItems(invoice, { starting_after: 'il_nothing' });
      expect(await refusal(unknown)).toMatchObject({ statusCode: 400, param: 'starting_after' });
    });
  });

  // API reference, `created` of the lists (docs.stripe.com/api/subscriptions/list#list_subscriptions-created)
  describe('filters by time', () => {
    let test_clock: string;

    beforeAll(async () => {
      test_clock = (await sandbox.harness.clock()).id;
      const { id: customer } = await sandbox.harness.customer(test_clock, 'pm_card_visa');
      const { id: price } = await sandbox.harness.price();
      for (let day = 0; day < 3; day += 1) {
        if (day > 0) await sandbox.harness.advance(test_clock, START + day * DAY);
        await sandbox.stripe.subscriptions.create({ customer, items: [{ price }] });
      }
    });

    it.each<[string, Stripe.RangeQueryParam | number, number[]]>([
      ['at one instant', START + DAY, [1]],
      ['after an instant', { gt: START + DAY }, [2]],
      ['from an instant on', { gte: START + DAY }, [2, 1]],
      ['before an instant', { lt: START + DAY }, [0]],
      ['until an instant', { lte: START + DAY }, [1, 0]],
      ['between two', { gt: START, lt: START + 2 * DAY }, [1]],
      ['in no time', { gt: START + DAY, lt: START + DAY }, []],
    ])('%s', async (_what, created, days) => {
      const { data } = await sandbox.stripe.subscriptions.list({ test_clock, created });
      expect(data.map((one) => (one.created - START) / DAY)).toEqual(days);
    });
  });

  // "Search", "Query structure and terminology" (docs.stripe.com/search)
  describe('search', () => {
    const mark = `m${String(Date.now())}`;
    const names: Record<string, string> = {};

    beforeAll(async () => {
      const people: [string, Stripe.CustomerCreateParams][] = [
        ['ada', { email: `ada.${mark}@example.com`, name: `Ada ${mark}`, metadata: { mark, tier: 'gold' } }],
        ['bob', { email: `bob.${mark}@example.com`, name: `Bob ${mark}`, metadata: { mark, tier: 'goldish' } }],
        ['eve', { email: `eve.${mark}@example.com`, phone: '+49 30 901820', metadata: { mark, tier: 'silver' } }],
      ];
      for (const [key, params] of people) names[(await sandbox.stripe.customers.create(params)).id] = key;
    });

    const search = async (query: string): Promise<(string | undefined)[]> =>
      (await sandbox.stripe.customers.search({ query })).data.map(({ id }) => names[id]);

    it.each<[string, string, string[]]>([
      ['an exact value', `email:'ada.MARK@example.com'`, ['ada']],
      ['an exact value in any case', `email:'ADA.MARK@EXAMPLE.COM'`, ['ada']],
      ['part of a value', `email~'MARK'`, ['eve', 'bob', 'ada']],
      ['part of a name', `name~'MARK'`, ['bob', 'ada']],
      ['not a part where the whole is asked for', `email:'ada'`, []],
      ['metadata', `metadata['mark']:'MARK'`, ['eve', 'bob', 'ada']],
      ['metadata as a whole value', `metadata['mark']:'MARK' AND metadata['tier']:'gold'`, ['ada']],
      ['two clauses that must both hold', `metadata['mark']:'MARK' AND name~'Bob'`, ['bob']],
      ['with double quotes', `metadata["mark"]:"MARK" AND metadata["tier"]:"silver"`, ['eve']],
      ['nothing', `metadata['mark']:'nobody'`, []],
    ])('finds %s', async (_what, query, found) => {
      expect(await search(query.replaceAll('MARK', mark))).toEqual(found);
    });

    it.each(['', 'email', `email:`, `planet:'mars'`, `email;'x'`, `email:'a' AND`])(
      'refuses what it cannot parse: %j',
      async (query) => {
        expect(await refusal(search(query))).toMatchObject({ statusCode: 400, param: 'query' });
      },
    );

    it('gives pages, each with the token of the next', async () => {
      const query = `metadata['mark']:'${mark}'`;
      const first = await sandbox.stripe.customers.search({ query, limit: 2 });
      expect(first).toMatchObject({ object: 'search_result', has_more: true, url: '/v1/customers/search' });
      expect(first.data.map(({ id }) => names[id])).toEqual(['eve', 'bob']);
      const second = await sandbox.stripe.customers.search({ query, limit: 2, page: first.next_page ?? '' });
      expect(second.data.map(({ id }) => names[id])).toEqual(['ada']);
      expect([second.has_more, second.next_page]).toEqual([false, null]);
    });

    it('finds subscriptions by status and metadata', async () => {
      const { subscription } = await sandbox.begin({ metadata: { mark }, trial_period_days: 3 });
      await sandbox.begin({ metadata: { mark } });
      const query = `status:'trialing' AND metadata['mark']:'${mark}'`;
      const { data } = await sandbox.stripe.subscriptions.search({ query });
      expect(data.map(({ id }) => id)).toEqual([subscription.id]);
    });
  });
});
