import { randomUUID } from 'node:crypto';
import { changePlan } from '../../api/support/plan-change.ts';
import { viewEntitlements } from '../../infra/db/repositories/console.ts';
import { monthsAfter } from '../../workflows/domain/time.ts';
import { get } from '../activities/provisioning/support/arrangement.ts';
import { eventually } from '../support/eventually.ts';
import { DAY, LifecycleHarness, type SignedUp } from '../support/lifecycle.ts';
import { Subscribers } from '../support/subscribers.ts';

// Two years of one customer by the clock, on a real stack: what is charged, mailed, allowed and there at each step.
let harness: LifecycleHarness;
let people: Subscribers;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ target: 'local' });
  people = new Subscribers(harness);
});
afterAll(() => harness.close());

const [STARTER, PROFESSIONAL] = [9_900, 49_900];
const DECLINED = '4000000000000341';

/** What the instance says of itself. */
async function instance(id: string): Promise<{ readonly state: string; readonly devices: string }> {
  const host = new URL((await harness.row(id)).instanceUrl ?? '').host;
  const port = harness.target?.deps.tenants.gatewayPort ?? 0;
  const { body } = await get(port, host, '/', await harness.target?.keyOf(id, host));
  const said = (name: string): string => new RegExp(`<dt>${name}</dt>\\s*<dd>([^<]*)</dd>`).exec(body)?.[1] ?? '';
  return { state: said('State'), devices: said('Devices allowed') };
}
const untilInstance = (id: string, state: string, devices: number) =>
  eventually(`${state} with ${String(devices)} devices`, async () => {
    const now = await instance(id).catch(() => undefined);
    return (now?.state === state && now.devices === String(devices)) || undefined;
  });

const choose = (customerId: string, plan: string) =>
  changePlan(harness.deps, { customerId, actor: 'customer', commandId: randomUUID() }, { plan });
const periodEnd = async (id: string): Promise<string> => {
  const [item] = (await harness.inStripe(id)).live[0]?.items.data ?? [];
  return new Date((item?.current_period_end ?? 0) * 1_000).toISOString();
};
const after = (at: string, days: number): number => Date.parse(at) + days * DAY;
const entitled = async (id: string) => (await viewEntitlements(harness.database, id))?.status;
const subjects = (customer: SignedUp) => harness.subjects(customer);

async function useCard(id: string, token: string): Promise<void> {
  const { stripeCustomerId: customer, stripeSubscriptionId } = await harness.row(id);
  const { id: method } = await harness.stripe.paymentMethods.attach(token, { customer: customer ?? '' });
  await harness.stripe.subscriptions.update(stripeSubscriptionId ?? '', { default_payment_method: method });
}

test('S4-9 S4-10 S4-18: tried, declined, recovered, upgraded, paused, downgraded, a year with a failed payment, left', async () => {
  const customer = await harness.inTrial();
  const { customerId: id } = customer;
  await untilInstance(id, 'active', 10);
  const trialEnd = await harness.trialEndsAt(id);

  await harness.pay(await harness.checkout(id, 'at_trial_end'), DECLINED);
  await harness.advance(id, trialEnd + DAY / 8);
  await people.untilStatus(id, 'past_due');
  await people.untilTold(customer, 'Your payment failed');
  expect([await people.paid(id), (await instance(id)).state]).toEqual([[], 'active']);

  await harness.pay(await harness.checkout(id, 'now'));
  await people.untilStatus(id, 'active');
  await people.untilTold(customer, 'Thank you - your subscription has started');
  expect([await people.paid(id), await entitled(id)]).toEqual([[STARTER], 'active']);

  await choose(id, 'professional');
  await untilInstance(id, 'active', 100);
  await people.untilTold(customer, 'You are now on the Professional plan');
  const [upgrade = 0] = await people.paid(id);
  expect(upgrade).toBeGreaterThan(39_000);
  expect(upgrade).toBeLessThanOrEqual(PROFESSIONAL - STARTER);

  const { from, until } = await harness.command(id, 'pause', { months: 1 });
  await harness.advance(id, after(from, 2));
  await untilInstance(id, 'read-only', 100);
  expect([await people.paid(id), await entitled(id)]).toEqual([[upgrade, STARTER], 'none']);
  await harness.advance(id, after(until, 0.25));
  await untilInstance(id, 'active', 100);
  expect([await people.paid(id), await entitled(id)]).toEqual([[PROFESSIONAL, upgrade, STARTER], 'active']);

  const { beginsAt } = await choose(id, 'starter');
  expect(beginsAt).toBe(await periodEnd(id));
  expect((await instance(id)).devices).toBe('100');
  await harness.advance(id, after(beginsAt ?? '', 0.25));
  await untilInstance(id, 'active', 10);
  const paid = [STARTER, PROFESSIONAL, upgrade, STARTER];
  expect(await people.paid(id)).toEqual(paid);

  const year = await periodEnd(id);
  await harness.advance(id, after(monthsAfter(year, 4), 1));
  await useCard(id, 'pm_card_chargeCustomerFail');
  await harness.advance(id, after(monthsAfter(year, 5), 0.25));
  await people.untilStatus(id, 'past_due');
  expect((await subjects(customer)).filter((subject) => subject === 'Your payment failed')).toHaveLength(2);
  await harness.pay(await harness.checkout(id, 'now'));
  await people.untilStatus(id, 'active');
  await harness.advance(id, after(monthsAfter(year, 11), 1));
  expect(await people.paid(id)).toEqual([...Array.from({ length: 12 }, () => STARTER), ...paid]);
  await untilInstance(id, 'active', 10);

  await harness.command(id, 'cancel', { when: 'period_end' });
  const end = await periodEnd(id);
  await harness.advance(id, after(end, 0.25));
  await harness.untilPhase(id, 'ended');
  expect(await entitled(id)).toBe('canceled');
  expect(await people.paid(id)).toHaveLength(16);
  expect(Object.values((await harness.target?.inventory(id)) ?? {})).not.toContain(true);
  expect((await subjects(customer)).at(-1)).toBe('Your account has been closed');
  const open = (await harness.alerts(id)).filter(({ resolvedAt }) => resolvedAt === null);
  expect(open).toEqual([]);
});
