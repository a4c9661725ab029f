import { viewEntitlements } from '../../infra/db/repositories/console.ts';
import { eventually } from '../support/eventually.ts';
import { DAY, LifecycleHarness } from '../support/lifecycle.ts';
import { Subscribers } from '../support/subscribers.ts';

// A subscriber pauses their plan, and goes on with it. Provisioning is a stand-in.
let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

const CENTS = 9_900;
const pause = (id: string, months: number) => harness.command(id, 'pause', { months });
const untilEntitled = (id: string, status: string) =>
  eventually(status, async () => (await viewEntitlements(harness.database, id))?.status === status || undefined);

test.concurrent(
  'what is paid is used, then nothing is charged and the instance is read-only; the renewal brings it back',
  async () => {
    const { id, customer } = await people.paying();
    const { from, until } = await pause(id, 2);
    expect(Date.parse(until) - Date.parse(from)).toBeGreaterThan(58 * DAY);
    await people.untilTold(customer, `Your plan is paused from ${words(from)} on`);
    expect(await harness.status(id)).toMatchObject({ pause: { byCustomerFrom: from }, renewsAt: null });
    await harness.advance(id, Date.parse(from) - DAY);
    expect(await harness.row(id)).toMatchObject({ standing: 'active' });
    await harness.advance(id, Date.parse(from) + DAY);
    await people.untilStanding(id, 'read_only');
    await untilEntitled(id, 'none');
    await harness.advance(id, Date.parse(from) + 40 * DAY);
    expect(await people.paid(id)).toEqual([CENTS]);
    expect(await harness.row(id)).toMatchObject({ standing: 'read_only', subscriptionStatus: 'active' });
    await harness.advance(id, Date.parse(until) + DAY / 4);
    await people.untilStanding(id, 'active');
    await untilEntitled(id, 'active');
    expect(await people.paid(id)).toEqual([CENTS, CENTS]);
    // Somebody in Stripe gives them time: that is no pause of theirs.
    const { stripeSubscriptionId } = await harness.row(id);
    await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { pause_collection: { behavior: 'void' } });
    await eventually('the pause', async () => (await harness.status(id)).pause ?? undefined);
    expect((await harness.status(id)).pause?.byCustomerFrom).toBeUndefined();
    expect(await harness.row(id)).toMatchObject({ standing: 'active' });
    expect(await harness.alerts(id)).toEqual([]);
  },
);

test.concurrent(
  'a pause that is ended before it has begun costs nothing; one that is ended later begins a month that is paid',
  async () => {
    const { id, customer } = await people.paying();
    await pause(id, 1);
    await harness.command(id, 'resume', {});
    await people.untilTold(customer, 'Your plan continues');
    expect(await people.paid(id)).toEqual([CENTS]);
    expect((await harness.status(id)).pause).toBeNull();
    const { from } = await pause(id, 3);
    await harness.advance(id, Date.parse(from) + 10 * DAY);
    await people.untilStanding(id, 'read_only');
    await harness.command(id, 'resume', {});
    await people.untilStanding(id, 'active');
    expect(await people.paid(id)).toEqual([CENTS, CENTS]);
    const [item] = (await harness.inStripe(id)).live[0]?.items.data ?? [];
    expect(Math.abs((item?.current_period_start ?? 0) * 1_000 - (Date.parse(from) + 10 * DAY))).toBeLessThan(DAY);
  },
);

test.concurrent('a declined card ends no pause, and nothing is owed', async () => {
  const { id } = await people.paying();
  const { from } = await pause(id, 1);
  await harness.advance(id, Date.parse(from) + DAY);
  await people.untilStanding(id, 'read_only');
  const { stripeCustomerId: customer, stripeSubscriptionId } = await harness.row(id);
  const declined = await harness.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
    customer: customer ?? '',
  });
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { default_payment_method: declined.id });
  await expect(harness.command(id, 'resume', {})).rejects.toThrow('Your plan is still paused');
  expect(await harness.row(id)).toMatchObject({ standing: 'read_only', subscriptionStatus: 'active' });
  expect((await people.invoices(id)).filter(({ status }) => status === 'open')).toEqual([]);
});

test.concurrent(
  'who leaves, pauses already or has no pause is told; for longer than the terms say nobody pauses',
  async () => {
    const { id } = await people.paying();
    await expect(pause(id, 4)).rejects.toThrow('for 3 months at most');
    await expect(harness.command(id, 'resume', {})).rejects.toThrow('not paused');
    await pause(id, 1);
    await expect(pause(id, 1)).rejects.toThrow('paused already');
    await harness.command(id, 'resume', {});
    await harness.command(id, 'cancel', { when: 'period_end' });
    await expect(pause(id, 1)).rejects.toThrow('Keep it first');
  },
);

const words = (at: string): string =>
  new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
