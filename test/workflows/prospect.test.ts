import { randomUUID } from 'node:crypto';
import { checkoutState, openCheckout } from '../../api/accounts/checkout.ts';
import type { AppDeps } from '../../api/http/deps.ts';
import { findProspect, findProspectOfCheckout, insertProspect } from '../../infra/db/repositories/prospects.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import { prospectWorkflowId, type ProspectEnd } from '../../workflows/contract/prospect.ts';
import { resolveTerms } from '../../workflows/domain/terms.ts';
import { tenure } from '../support/default-product.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterAll(() => harness.close());

/** In hours: about a second. */
const SOON = 0.0003;
const [plan] = tenure.plans;
const person = (email = `payer-${randomUUID().slice(0, 8)}@acme.example`) => ({
  ...{ email, emailNorm: email, companyName: 'Acme', fullName: null, password: null, plan },
});
const hurried = (prospects: AppDeps['profile']['prospects']): AppDeps => ({
  ...harness.deps,
  profile: { ...harness.deps.profile, prospects },
});

async function open(signup = person(), { deps = harness.deps, key = `key-${randomUUID()}` } = {}) {
  const opened = await openCheckout(deps, signup, { ip: '127.0.0.1', key });
  const found = await findProspectOfCheckout(harness.database, { profile: 'tenure', checkoutId: opened.checkoutId });
  return { ...opened, signup, customerId: found?.customerId ?? '' };
}
const end = (customerId: string): Promise<ProspectEnd> =>
  harness.temporal.client.workflow.getHandle(prospectWorkflowId(customerId)).result() as Promise<ProspectEnd>;
const subjects = async (email: string) => (await harness.inbox.to(email)).map(({ subject }) => subject);

test.concurrent(
  'S0-1 S0-6: who completes the Checkout is made a customer, whose onboarding adopts what they paid for',
  async () => {
    const { checkoutUrl, checkoutId, customerId, signup } = await open();
    expect(await checkoutState(harness.deps, checkoutId)).toEqual({ status: 'open', customerId: null });
    await harness.pay(checkoutUrl);
    expect(await end(customerId)).toBe('customer');
    const row = await harness.untilPhase(customerId, 'trial');
    expect(row).toMatchObject({ email: signup.email, plan: 'starter', attention: null });
    const { customers, subscriptions, live } = await harness.inStripe(customerId);
    expect([customers.length, subscriptions.length, live[0]?.status]).toEqual([1, 1, 'trialing']);
    expect(live[0]?.trial_end).toBe(Math.floor((row.trialEndsAt?.getTime() ?? 0) / 1000));
    expect([row.stripeCustomerId, row.stripeSubscriptionId]).toEqual([customers[0]?.id, live[0]?.id]);
    expect(await checkoutState(harness.deps, checkoutId)).toEqual({ status: 'customer', customerId });
    const welcome = (await harness.inbox.to(signup.email)).find(({ subject }) => subject.startsWith('Welcome'));
    expect(welcome?.text).toContain('Set a password');
    await harness.advance(customerId, (await harness.trialEndsAt(customerId)) + DAY);
    await harness.untilPhase(customerId, 'subscription');
    const { data } = await harness.stripe.invoices.list({ customer: row.stripeCustomerId ?? '' });
    expect(data.map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0)).toEqual([9_900]);
    expect(await findProspect(harness.database, customerId)).toMatchObject({ state: 'customer', email: null });
  },
);

test.concurrent(
  'the same request is the same Checkout, however often it is sent; another wish is another',
  async () => {
    const [signup, key] = [person(), `key-${randomUUID()}`];
    const all = await Promise.all([open(signup, { key }), open(signup, { key }), open(signup, { key })]);
    expect(new Set(all.map(({ checkoutUrl }) => checkoutUrl)).size).toBe(1);
    const other = await open({ ...signup, companyName: 'Other' }, { key });
    expect(other.customerId).not.toBe(all[0].customerId);
  },
);

test.concurrent(
  'a prospect who pays with the address of a customer is paid back and told; support is told too',
  async () => {
    const signup = person();
    const [first, second] = [await open(signup), await open(signup)];
    await harness.pay(first.checkoutUrl);
    expect(await end(first.customerId)).toBe('customer');
    await harness.untilPhase(first.customerId, 'trial');
    await harness.pay(second.checkoutUrl);
    expect(await end(second.customerId)).toBe('refused');
    expect((await harness.inStripe(second.customerId)).customers).toEqual([]);
    expect(await checkoutState(harness.deps, second.checkoutId)).toEqual({ status: 'refused', customerId: null });
    expect((await harness.alerts(first.customerId)).map(({ errorType }) => errorType)).toEqual(['PaidTwice']);
    expect((await harness.inStripe(first.customerId)).live).toHaveLength(1);
  },
);

test.concurrent('a prospect who does not come back is reminded once, then nothing of them is left', async () => {
  const deps = hurried({ remindAfterHours: 5 * SOON, abandonAfterHours: 10 * SOON });
  const { customerId, checkoutUrl, signup, checkoutId } = await open(person(), { deps });
  expect(await end(customerId)).toBe('abandoned');
  expect(await subjects(signup.email)).toEqual(['Finish signing up for Tenure']);
  const [mail] = await harness.inbox.to(signup.email);
  expect(mail?.text).toContain(checkoutUrl);
  expect(mail?.text).not.toContain('Acme');
  await expect(harness.pay(checkoutUrl)).rejects.toThrow();
  expect((await harness.inStripe(customerId)).customers).toEqual([]);
  expect(await findProspect(harness.database, customerId)).toMatchObject({
    state: 'abandoned',
    email: null,
    companyName: null,
  });
  expect(await checkoutState(harness.deps, checkoutId)).toEqual({ status: 'expired', customerId: null });
});

test.concurrent(
  'a prospect that was stored and not started is started, and one with nothing left to do is a customer',
  async () => {
    const { email, emailNorm, companyName } = person();
    const customerId = newCustomerId();
    const soon = new Date(Date.now() + DAY);
    await insertProspect(harness.database, {
      ...{ customerId, kind: 'hook', state: 'ready', requestKey: customerId, email, emailNorm, companyName },
      ...{
        fullName: 'Ada',
        region: tenure.regions[0],
        terms: resolveTerms(tenure, plan),
        remindAt: soon,
        abandonAt: soon,
      },
    });
    await harness.database
      .updateTable('prospects')
      .set({ createdAt: new Date(Date.now() - 60_000) })
      .where('customerId', '=', customerId)
      .execute();
    const customer = await eventually('the customer', () =>
      harness.untilPhase(customerId, 'trial').catch(() => undefined),
    );
    expect(customer).toMatchObject({ email, fullName: 'Ada' });
  },
);

test.concurrent(
  'S0-1: Checkouts of both are no business of each other: an event wakes the prospect it is about',
  async () => {
    const [one, other] = [await open(), await open()];
    await harness.pay(one.checkoutUrl);
    expect(await end(one.customerId)).toBe('customer');
    expect(await checkoutState(harness.deps, other.checkoutId)).toEqual({ status: 'open', customerId: null });
  },
);

// The fault hits every customer, so this test comes last.
test('a mail service that is away keeps nobody from becoming a customer', async () => {
  harness.inbox.fault(/^Finish signing up/, 'throttle');
  const deps = hurried({ remindAfterHours: SOON, abandonAfterHours: 24 });
  const { customerId, checkoutUrl } = await open(person(), { deps });
  await harness.pay(checkoutUrl);
  expect(await end(customerId)).toBe('customer');
  await harness.clearFaults();
});
