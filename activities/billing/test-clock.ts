import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { getCustomer, recordClock, type Customer } from '../../infra/db/repositories/customers.ts';
import { DAY_MS } from '../../workflows/domain/time.ts';
import { seconds, type BillingDeps } from './deps.ts';

/** Stripe moves a test clock by at most two billing periods at a time. */
const LONGEST_MOVE_SECONDS = (55 * DAY_MS) / 1000;

/** The customer's test clock, by the id we recorded or by its name; undefined when there is none. */
export async function findTestClock(
  { stripe, config }: BillingDeps,
  { customerId, stripeTestClockId }: Pick<Customer, 'customerId' | 'stripeTestClockId'>,
): Promise<string | undefined> {
  if (!config.testClocks || stripeTestClockId !== null) return stripeTestClockId ?? undefined;
  const { data } = await stripe.testHelpers.testClocks.list({ limit: 100 });
  return data.find(({ name }) => name === customerId)?.id;
}

/** @returns the customer's test clock, created at their `now` if there is none */
export async function ensureTestClock(
  deps: BillingDeps,
  customer: Pick<Customer, 'customerId' | 'stripeTestClockId'>,
  { key, now }: { readonly key: string; readonly now: string },
): Promise<string> {
  const found = await findTestClock(deps, customer);
  if (found !== undefined) return found;
  const { id } = await deps.stripe.testHelpers.testClocks.create(
    { frozen_time: seconds(now), name: customer.customerId },
    { idempotencyKey: `${key}:clock` },
  );
  return id;
}

/**
 * Moves the customer's Stripe test clock to that instant and waits until Stripe has processed it. Does nothing without
 * a test clock, or when the clock is already there.
 */
export async function advanceTestClock(
  { database, stripe, config }: BillingDeps,
  { customerId, to }: { readonly customerId: string; readonly to: string },
): Promise<void> {
  const { stripeTestClockId: clock } = await getCustomer(database, customerId);
  if (clock === null) return;
  if (config.live) throw ApplicationFailure.nonRetryable('There are no test clocks in live mode.', 'CommandRefused');
  const target = seconds(to);
  for (;;) {
    const { frozen_time: now, status } = await stripe.testHelpers.testClocks.retrieve(clock);
    if (status === 'internal_failure') throw new Error('The Stripe test clock failed; create the customer anew.');
    if (status === 'advancing') await delay(50);
    else if (now >= target) break;
    else
      await stripe.testHelpers.testClocks.advance(clock, { frozen_time: Math.min(target, now + LONGEST_MOVE_SECONDS) });
  }
  await recordClock(database, customerId, Date.parse(to) - Date.now());
}
