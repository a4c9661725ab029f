import { HOUR_MS, iso, monthsAfter } from '../../workflows/domain/time.ts';
import { liveSubscription } from './current-subscription.ts';
import { instant, seconds, type BillingDeps, type IdempotentInput } from './deps.ts';
import { PAUSED_BY_CUSTOMER } from './state.ts';

/** The payment that comes so many months after the next one, as Stripe counts them from where the subscription began. */
function renewalAfter(anchor: string, next: string, months: number): string {
  let passed = 0;
  while (monthsAfter(anchor, passed) < next) passed += 1;
  return monthsAfter(anchor, passed + months);
}

/**
 * Leaves out the next payments. Stripe goes on an hour before the one after them, so that this is charged.
 * @returns when that is. ISO 8601.
 */
export async function pauseCollection(
  deps: BillingDeps,
  { customerId, months, key }: IdempotentInput & { readonly months: number },
): Promise<{ readonly renewsAt: string }> {
  const { id, billing_cycle_anchor: anchor, items } = await liveSubscription(deps, customerId);
  const next = instant(items.data[0]?.current_period_end ?? anchor);
  const renewsAt = renewalAfter(instant(anchor), next, months);
  const resumesAt = seconds(iso(Date.parse(renewsAt) - HOUR_MS));
  await deps.stripe.subscriptions.update(
    id,
    {
      pause_collection: { behavior: 'void', resumes_at: resumesAt },
      metadata: { [PAUSED_BY_CUSTOMER]: `${next}/${String(resumesAt)}` },
    },
    { idempotencyKey: key },
  );
  return { renewsAt };
}

/** Ends the pause. `beginsPeriod`: with a new period, which is charged now, or the pause goes on. Safe to repeat. */
export async function resumeCollection(
  deps: BillingDeps,
  { customerId, beginsPeriod, key }: IdempotentInput & { readonly beginsPeriod: boolean },
): Promise<void> {
  const { id, pause_collection: pause } = await liveSubscription(deps, customerId);
  if (pause === null) return;
  const begin = beginsPeriod
    ? ({
        billing_cycle_anchor: { type: 'now' },
        proration_behavior: 'none',
        payment_behavior: 'error_if_incomplete',
      } as const)
    : {};
  await deps.stripe.subscriptions.update(
    id,
    { pause_collection: '', metadata: { [PAUSED_BY_CUSTOMER]: '' }, ...begin },
    { idempotencyKey: key },
  );
}
