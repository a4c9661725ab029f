import { HOUR, refusal, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

describe('test clocks', () => {
  const sandbox = new Sandbox();

  const starts = async (subscription: string): Promise<string[]> =>
    (await sandbox.invoices(subscription)).map(({ lines }) =>
      new Date((lines.data[0]?.period.start ?? 0) * 1000).toISOString().slice(0, 10),
    );

  // "Test clocks" (docs.stripe.com/billing/testing/test-clocks/api-advanced-usage)
  describe('the clock itself', () => {
    it('stands where it was put, and is ready', async () => {
      const clock = await sandbox.stripe.testHelpers.testClocks.create({ frozen_time: START, name: 'A year' });
      expect(clock).toMatchObject({
        ...{ object: 'test_helpers.test_clock', frozen_time: START, name: 'A year', status: 'ready', livemode: false },
        deletes_after: clock.created + 30 * 86_400,
      });
    });

    it('advances of itself once asked, and is ready again at the time asked for', async () => {
      const { id } = await sandbox.harness.clock();
      const target = START + 3600;
      const advancing = await sandbox.stripe.testHelpers.testClocks.advance(id, { frozen_time: target });
      expect(advancing).toMatchObject({
        status: 'advancing',
        status_details: { advancing: { target_frozen_time: target } },
      });
      await sandbox.harness.advance(id, target + 1);
      const ready = await sandbox.stripe.testHelpers.testClocks.retrieve(id);
      expect(ready).toMatchObject({ status: 'ready', frozen_time: target + 1 });
    });

    it.each([
      ['backwards', -1],
      ['to where it is', 0],
    ])('does not go %s', async (_what, seconds) => {
      const { id } = await sandbox.harness.clock();
      const going = sandbox.stripe.testHelpers.testClocks.advance(id, { frozen_time: START + seconds });
      expect(await refusal(going)).toMatchObject({ statusCode: 400 });
    });

    it.each([
      ['month', noon(2027, 5, 1)],
      ['year', noon(2029, 2, 28)],
    ] as const)('goes two intervals of its shortest subscription at a time: by %s', async (interval, furthest) => {
      const { id: price } = await sandbox.harness.price(4900, interval);
      const { clock } = await sandbox.begin({ price });
      const tooFar = sandbox.stripe.testHelpers.testClocks.advance(clock, { frozen_time: furthest + 2 * 86_400 });
      expect(await refusal(tooFar)).toMatchObject({ statusCode: 400, param: 'frozen_time' });
      await sandbox.harness.advance(clock, furthest);
      expect((await sandbox.stripe.testHelpers.testClocks.retrieve(clock)).frozen_time).toBe(furthest);
    });

    it('takes its customers and their subscriptions with it when it is deleted', async () => {
      const { clock, customer } = await sandbox.begin();
      expect(await sandbox.stripe.testHelpers.testClocks.del(clock)).toMatchObject({ id: clock, deleted: true });
      expect(await sandbox.stripe.customers.retrieve(customer)).toMatchObject({ deleted: true });
      expect((await sandbox.stripe.subscriptions.list({ customer })).data).toEqual([]);
      expect(await refusal(sandbox.stripe.testHelpers.testClocks.retrieve(clock))).toMatchObject({ statusCode: 404 });
    });

    it('moves only the customers it holds', async () => {
      const [mine, other] = [await sandbox.begin(), await sandbox.begin()];
      await sandbox.harness.advance(mine.clock, noon(2027, 4, 1));
      expect(await sandbox.invoices(mine.subscription.id)).toHaveLength(2);
      expect(await sandbox.invoices(other.subscription.id)).toHaveLength(1);
    });
  });

  // "Subscription billing cycle" (docs.stripe.com/billing/subscriptions/billing-cycle): the day of the month that the
  // anchor names, or the last day of a month that has no such day
  describe('over months of different length', () => {
    it.each<[string, number, string[]]>([
      ['31 January', noon(2027, 1, 31), ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31']],
      ['30 January', noon(2027, 1, 30), ['2027-01-30', '2027-02-28', '2027-03-30', '2027-04-30', '2027-05-30']],
      [
        '31 January of a leap year',
        noon(2028, 1, 31),
        ['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30', '2028-05-31'],
      ],
      ['31 October', noon(2027, 10, 31), ['2027-10-31', '2027-11-30', '2027-12-31', '2028-01-31', '2028-02-29']],
      ['the 1st', noon(2027, 12, 1), ['2027-12-01', '2028-01-01', '2028-02-01', '2028-03-01', '2028-04-01']],
    ])('a subscription of %s renews on its day or the last of the month', async (_what, at, expected) => {
      const { subscription, clock } = await sandbox.begin({ at });
      for (const date of expected.slice(2).filter((_date, index, all) => index % 2 === 0 || index === all.length - 1))
        await sandbox.harness.advance(clock, Date.parse(`${date}T12:00:00Z`) / 1000);
      expect(await starts(subscription.id)).toEqual(expected);
      const { items } = await sandbox.stripe.subscriptions.retrieve(subscription.id);
      expect(new Date((items.data[0]?.current_period_start ?? 0) * 1000).toISOString()).toBe(
        `${expected.at(-1) ?? ''}T12:00:00.000Z`,
      );
    });

    it('a year that begins on 29 February renews on 28 February, and on the 29th when there is one', async () => {
      const { id: price } = await sandbox.harness.price(49_000, 'year');
      const { subscription, clock } = await sandbox.begin({ price, at: noon(2028, 2, 29) });
      for (const until of [noon(2030, 2, 28), noon(2032, 2, 28), noon(2032, 2, 29)])
        await sandbox.harness.advance(clock, until);
      expect(await starts(subscription.id)).toEqual([
        ...['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29'],
      ]);
    });

    it('a quarter that begins on 30 November ends on the last of February', async () => {
      const { id: price } = await sandbox.harness.price(13_900, 'month', 3);
      const { subscription, clock } = await sandbox.begin({ price, at: noon(2027, 11, 30) });
      await sandbox.harness.advance(clock, noon(2028, 5, 30));
      expect(await starts(subscription.id)).toEqual(['2027-11-30', '2028-02-29', '2028-05-30']);
    });
  });

  describe('over several renewals at once', () => {
    it('bills each of them at its own time, in order', async () => {
      const { subscription, clock } = await sandbox.begin();
      for (const at of [0, HOUR]) await sandbox.harness.advance(clock, noon(2027, 5, 1) + at);
      const invoices = await sandbox.invoices(subscription.id);
      expect(invoices.map(({ created, status }) => [created, status])).toEqual([
        [START, 'paid'],
        [noon(2027, 4, 1), 'paid'],
        [noon(2027, 5, 1), 'paid'],
      ]);
    });

    it('ends a trial and renews after it', async () => {
      const { subscription, clock } = await sandbox.begin({ trial_period_days: 14 });
      await sandbox.harness.advance(clock, noon(2027, 4, 20));
      expect(await starts(subscription.id)).toEqual(['2027-03-01', '2027-03-15', '2027-04-15']);
    });

    it('a second before the end of the period, nothing has happened', async () => {
      const { subscription, clock } = await sandbox.begin();
      await sandbox.harness.advance(clock, noon(2027, 4, 1) - 1);
      expect(await sandbox.invoices(subscription.id)).toHaveLength(1);
    });

    it('a year of months costs twelve of them', async () => {
      const { subscription, clock } = await sandbox.begin();
      for (const month of [4, 6, 8, 10, 12, 14]) await sandbox.harness.advance(clock, noon(2027, month, 1));
      await sandbox.harness.advance(clock, noon(2027, 14, 1) + HOUR);
      const amounts = (await sandbox.invoices(subscription.id)).map(({ amount_paid }) => amount_paid);
      expect(amounts.slice(0, 12).reduce((sum, amount) => sum + amount, 0)).toBe(12 * 4900);
      expect((await starts(subscription.id)).at(-1)).toBe('2028-02-01');
    });
  });
});
