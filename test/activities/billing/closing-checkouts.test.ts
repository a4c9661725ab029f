import type { Stripe } from 'stripe';
import { createBillingActivities } from '../../../activities/billing/index.ts';
import { freemium } from '../../support/freemium.ts';
import { LifecycleHarness } from '../../support/lifecycle.ts';
import { activityEnvironment } from '../provisioning/support/arrangement.ts';

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ profile: freemium });
});
afterAll(() => harness.close());

/** Stripe, where something happens after the Checkouts were listed and before the first one is closed. */
function beforeClosing(stripe: Stripe, happens: () => Promise<unknown>): Stripe {
  let next: (() => Promise<unknown>) | undefined = happens;
  const { sessions } = stripe.checkout;
  const expire: typeof sessions.expire = async (...given: Parameters<typeof sessions.expire>) => {
    const now = next;
    next = undefined;
    await now?.();
    return sessions.expire(...given);
  };
  const value = { sessions: Object.create(sessions, { expire: { value: expire } }) as typeof sessions };
  return Object.create(stripe, { checkout: { value } }) as Stripe;
}

test('a Checkout that is completed between the listing and its closing leaves no subscription, and what it charged is paid back', async () => {
  const { customerId } = await harness.signUp();
  await harness.untilPhase(customerId, 'free');
  const { checkoutUrl } = await harness.command(customerId, 'subscribe', { plan: 'starter' });
  // The workflow must not respond to the payment: this test is only about the end.
  await harness.stopWorker('lifecycle');
  const statuses: string[] = [];
  const stripe = beforeClosing(harness.stripe, async () => {
    await harness.pay(checkoutUrl);
    statuses.push(...(await harness.inStripe(customerId)).live.map(({ status }) => status));
  });
  const { database } = harness;
  const config = harness.deps.config.stripe;
  const billing = createBillingActivities({ database, stripe, config, publicUrl: 'http://localhost:1' });
  const order = { customerId, key: `${customerId}:cancelSubscription:1` };
  await activityEnvironment().run(billing.cancelSubscription, order);
  expect(statuses).toEqual(['active']);
  const { customers, live } = await harness.inStripe(customerId);
  expect(live).toEqual([]);
  const { data } = await harness.stripe.charges.list({ customer: customers[0]?.id ?? '' });
  expect(data.map(({ amount, amount_refunded }) => [amount, amount_refunded])).toEqual([[9_900, 9_900]]);
});
