import type { Context } from '../context.ts';
import { invalidRequest, StripeError } from '../errors.ts';
import type { Subscription } from '../objects/billing.ts';
import type { Collected } from './collection.ts';
import { planDeadlines, planTrialNotice } from './deadlines.ts';
import { draftInvoice } from './invoices.ts';
import { changeItems, prorateChanges, type ItemChange } from './item-changes.ts';
import { endTrial, pendingLines, startPeriod, takePending } from './renewal.ts';
import { bill, changeSubscription, withPeriod } from './subscriptions.ts';

type ProrationBehavior = 'create_prorations' | 'always_invoice' | 'none';

export interface ItemsUpdate {
  changes: ItemChange[];
  prorationBehavior: ProrationBehavior;
  prorationDate: number | undefined;
  failure: 'allow_incomplete' | 'error_if_incomplete';
}

const PRORATED: ReadonlySet<Subscription['status']> = new Set(['active', 'past_due']);

/** Bills waiting prorations at once. */
function invoiceNow(context: Context, subscription: Subscription, failure: ItemsUpdate['failure']): void {
  const lines = pendingLines(context, subscription);
  if (lines.length === 0) return;
  const at = context.nowFor(subscription);
  const period = { start: at, end: at };
  const draft = draftInvoice(context, { subscription, reason: 'subscription_update', lines, period });
  takePending(context, subscription, draft);
  context.update(subscription, { latest_invoice: draft.id });
  refuseIncomplete(bill(context, draft), failure);
}

function refuseIncomplete({ error }: Partial<Collected>, failure: ItemsUpdate['failure']): void {
  if (error && failure === 'error_if_incomplete') throw new StripeError(402, error);
}

/** Changes prices and quantities. During a trial nothing is owed; a new interval begins a new period now. */
export function updateItems(context: Context, subscription: Subscription, update: ItemsUpdate): void {
  const { changes, prorationBehavior, failure } = update;
  const at = update.prorationDate ?? context.nowFor(subscription);
  const changed = changeItems(context, subscription, changes, at);
  const billed = PRORATED.has(subscription.status);
  if (billed && prorationBehavior !== 'none') prorateChanges(context, subscription, changed, at);
  const items = { ...subscription.items, data: changed.items };
  const moved = changeSubscription(context, subscription, { items });
  if (!billed) return;
  if (changed.restarts)
    refuseIncomplete(
      startPeriod(context, { ...moved, billing_cycle_anchor: at }, at, 'subscription_update') ?? {},
      failure,
    );
  else if (prorationBehavior === 'always_invoice') invoiceNow(context, moved, failure);
}

/**
 * Begins a period now, which is charged whole; what was left of the one before is credited if that is asked for.
 * https://docs.stripe.com/billing/subscriptions/billing-cycle#changing
 */
export function beginPeriod(
  context: Context,
  subscription: Subscription,
  {
    proration_behavior: prorates,
    payment_behavior: failure = 'allow_incomplete',
  }: {
    proration_behavior?: ProrationBehavior;
    payment_behavior?: ItemsUpdate['failure'];
  },
): void {
  if (!PRORATED.has(subscription.status)) return;
  const at = context.nowFor(subscription);
  const { data: items } = subscription.items;
  if (prorates !== 'none') prorateChanges(context, subscription, { items, restarts: true }, at);
  const begun = startPeriod(context, { ...subscription, billing_cycle_anchor: at }, at, 'subscription_update');
  refuseIncomplete(begun ?? {}, failure);
}

/** Moves the end of a trial, or starts one; the billing cycle follows. */
function moveTrial(context: Context, subscription: Subscription, trialEnd: number): void {
  const now = context.nowFor(subscription);
  if (trialEnd <= now)
    throw invalidRequest(`Invalid timestamp: must be an integer Unix timestamp in the future: ${String(trialEnd)}`, {
      param: 'trial_end',
    });
  const start = subscription.status === 'trialing' ? undefined : now;
  const data = subscription.items.data.map((item) => withPeriod(item, start ?? item.current_period_start, trialEnd));
  const moved = changeSubscription(context, subscription, {
    ...{ status: 'trialing', trial_end: trialEnd, trial_start: start ?? subscription.trial_start },
    ...{ billing_cycle_anchor: trialEnd, items: { ...subscription.items, data } },
    ...(subscription.cancel_at_period_end ? { cancel_at: trialEnd } : {}),
  });
  planTrialNotice(context, moved);
}

/** Applies `trial_end`: `now` ends the trial and charges at once. */
export function updateTrial(context: Context, subscription: Subscription, trialEnd: number | 'now'): void {
  if (subscription.status === 'paused')
    throw invalidRequest('You cannot update the trial of a paused subscription: resume it instead.', {
      param: 'trial_end',
    });
  if (trialEnd !== 'now') {
    moveTrial(context, subscription, trialEnd);
    return;
  }
  if (subscription.status !== 'trialing') return;
  const now = context.nowFor(subscription);
  const ending = { ...subscription, trial_end: now, billing_cycle_anchor: now };
  endTrial(context, ending, 'subscription_update');
}

/** Resumes a paused subscription: it stays paused until its invoice is paid. */
export function resume(context: Context, subscription: Subscription): Subscription {
  if (subscription.status !== 'paused')
    throw invalidRequest(`Subscription cannot be resumed because its status is ${subscription.status}, not paused.`);
  const now = context.nowFor(subscription);
  startPeriod(context, { ...subscription, billing_cycle_anchor: now }, now, 'subscription_update');
  const resumed = context.need('subscription', subscription.id);
  planDeadlines(context, resumed);
  return resumed;
}
