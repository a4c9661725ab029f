import type { Context } from '../context.ts';
import type { BillingReason, Invoice, Subscription } from '../objects/billing.ts';
import type { Collected } from './collection.ts';
import { discountsAfter } from './discounts.ts';
import { draftInvoice, stopAdvancing } from './invoices.ts';
import { pendingLine, periodLine } from './lines.ts';
import { payingMethod } from './payment-methods.ts';
import { nextBoundary } from './periods.ts';
import { isSent } from './sent-invoices.ts';
import { bill, changeSubscription, endSubscription, withPeriod } from './subscriptions.ts';

const BILLED: ReadonlySet<Subscription['status']> = new Set(['active', 'past_due', 'paused', 'trialing']);

const waitsAnHour = (context: Context, subscription: Subscription, reason: BillingReason): boolean =>
  context.settings.draftHour &&
  (reason === 'subscription_cycle' || isSent(subscription)) &&
  subscription.pause_collection === null &&
  BILLED.has(subscription.status);

/** Takes the prorations that wait for a subscription's next invoice. */
export function takePending(context: Context, subscription: Subscription, invoice: Invoice): void {
  for (const pending of context.store.all('invoiceitem', { subscription: subscription.id }))
    if (pending.invoice === null) context.update(pending, { invoice: invoice.id });
}

export const pendingLines = (context: Context, subscription: Subscription) =>
  context.store
    .all('invoiceitem', { subscription: subscription.id })
    .filter((pending) => pending.invoice === null)
    .map((pending) => pendingLine(context, pending));

/** Moves the items into the period that begins at `start` and drafts its invoice, prorations first. */
export function draftPeriod(
  context: Context,
  subscription: Subscription,
  { start, reason, waits = false, at }: { start: number; reason: BillingReason; waits?: boolean; at?: number },
) {
  const items = subscription.items.data.map((item) => {
    const { recurring } = item.price;
    if (!recurring) return item;
    return withPeriod(item, start, nextBoundary(subscription.billing_cycle_anchor, recurring, start));
  });
  const lines = items.map((item) => periodLine(context, subscription, item, { start, end: item.current_period_end }));
  const first = subscription.items.data[0];
  const period = { start: first?.current_period_start ?? start, end: start };
  const draft = draftInvoice(context, {
    subscription,
    reason,
    lines: [...pendingLines(context, subscription), ...lines],
    ...{ period, waits, ...(at !== undefined && { at }) },
  });
  takePending(context, subscription, draft);
  return { draft, items: { ...subscription.items, data: items } };
}

const spentDiscounts = (context: Context, subscription: Subscription, draft: Invoice): string[] => {
  const used = draft.lines.data.flatMap((line) => line.discount_amounts);
  return discountsAfter(context, subscription.discounts, used, draft.created);
};

/** Applies `pause_collection`: the invoice of a period nobody is asked to pay for. */
function setAside(context: Context, draft: Invoice, behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void'): void {
  if (behavior === 'keep_as_draft') {
    stopAdvancing(context, draft);
    return;
  }
  const at = context.nowFor(draft);
  const voided = behavior === 'void';
  const status_transitions = {
    ...draft.status_transitions,
    ...(voided ? { voided_at: at } : { marked_uncollectible_at: at }),
  };
  const status = voided ? 'void' : 'uncollectible';
  const event = voided ? 'invoice.voided' : 'invoice.marked_uncollectible';
  context.emit(event, context.update(draft, { status, auto_advance: false, status_transitions }));
}

/**
 * Begins a paid period: the subscription becomes active first and past due if the money cannot be taken. What time
 * brings about stays a draft for an hour; what somebody asked for is charged at once:
 * https://docs.stripe.com/billing/invoices/subscription
 * @returns what became of the charge; undefined where none was tried
 */
export function startPeriod(
  context: Context,
  subscription: Subscription,
  start: number,
  reason: BillingReason,
): Collected | undefined {
  const waits = waitsAnHour(context, subscription, reason);
  const { draft, items } = draftPeriod(context, subscription, { start, reason, waits });
  const active = changeSubscription(context, subscription, {
    ...{ items, latest_invoice: draft.id, discounts: spentDiscounts(context, subscription, draft) },
    ...(subscription.status === 'trialing' ? { status: 'active' } : {}),
  });
  if (active.pause_collection) setAside(context, draft, active.pause_collection.behavior);
  else if (!BILLED.has(active.status)) setAside(context, draft, 'keep_as_draft');
  else if (!waits) return bill(context, draft);
  return undefined;
}

/** The end of a trial: charged, or what `trial_settings` says when there is nothing to charge. */
export function endTrial(
  context: Context,
  subscription: Subscription,
  reason: BillingReason = 'subscription_cycle',
): void {
  const start = subscription.trial_end ?? context.nowFor(subscription);
  const missing = subscription.trial_settings.end_behavior.missing_payment_method;
  if (payingMethod(context, subscription) || missing === 'create_invoice' || isSent(subscription)) {
    startPeriod(context, subscription, start, reason);
    return;
  }
  if (missing === 'cancel') {
    endSubscription(context, subscription, { reason: 'cancellation_requested' });
    return;
  }
  context.emit('customer.subscription.paused', changeSubscription(context, subscription, { status: 'paused' }));
}

/** The end of a period. */
export function endPeriod(context: Context, subscription: Subscription, at: number): void {
  if (subscription.cancel_at_period_end)
    endSubscription(context, subscription, { reason: 'cancellation_requested', atPeriodEnd: true });
  else if (subscription.status === 'trialing') endTrial(context, subscription);
  else startPeriod(context, subscription, at, 'subscription_cycle');
}
