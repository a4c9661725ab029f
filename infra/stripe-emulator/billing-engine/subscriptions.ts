import type { Context } from '../context.ts';
import type { CancellationReason, Invoice, Subscription, SubscriptionItem } from '../objects/billing.ts';
import { collect, type Attempt, type Collected } from './collection.ts';
import { clearDeadline, planDeadlines, setDeadline } from './deadlines.ts';
import { finalizeInvoice, stopAdvancing } from './invoices.ts';
import { payingMethod } from './payment-methods.ts';
import { DAY } from './periods.ts';
import { isSent, sendInvoice } from './sent-invoices.ts';

/** Days after the first failed attempt at which a renewal is tried again. */
const RETRY_DAYS = [1, 3, 5, 7] as const;

/** Changes a subscription, announces it, and lets its deadlines follow. */
export function changeSubscription(
  context: Context,
  subscription: Subscription,
  patch: Partial<Subscription>,
): Subscription {
  const changed = context.update(subscription, patch, 'customer.subscription.updated');
  planDeadlines(context, changed);
  return changed;
}

interface Ending {
  reason: CancellationReason;
  comment?: string | null;
  feedback?: string | null;
  /** With its period, as was ordered before: Stripe goes on to say so of one that has ended. */
  atPeriodEnd?: boolean;
}

/** Ends a subscription for good. Its drafts and open invoices stay, but nothing tries to collect them any more. */
export function endSubscription(context: Context, subscription: Subscription, ending: Ending): Subscription {
  const now = context.nowFor(subscription);
  const details = subscription.cancellation_details;
  const ended = context.update(subscription, {
    ...{ status: 'canceled', ended_at: now, canceled_at: subscription.canceled_at ?? now },
    cancel_at_period_end: ending.atPeriodEnd ?? false,
    cancellation_details: {
      ...details,
      reason: ending.reason,
      comment: ending.comment ?? details.comment,
      feedback: ending.feedback ?? details.feedback,
    },
  });
  context.emit('customer.subscription.deleted', ended);
  planDeadlines(context, ended);
  stopCollecting(context, ended);
  return ended;
}

const invoicesOf = (context: Context, { id }: Subscription): Invoice[] =>
  context.store.all('invoice', { 'parent.subscription_details.subscription': id });

function stopCollecting(context: Context, subscription: Subscription): void {
  for (const invoice of invoicesOf(context, subscription))
    if (invoice.status === 'open' || invoice.status === 'draft') stopAdvancing(context, invoice);
}

/** Whether a subscription's status follows from this invoice: its latest one that is not a draft any more. */
export const isDecisive = (context: Context, subscription: Subscription, invoice: Invoice): boolean =>
  invoicesOf(context, subscription).findLast(({ status_transitions }) => status_transitions.finalized_at !== null)
    ?.id === invoice.id;

export const withPeriod = (item: SubscriptionItem, start: number, end: number): SubscriptionItem => ({
  ...item,
  current_period_start: start,
  current_period_end: end,
});

export const subscriptionOf = (context: Context, invoice: Invoice): Subscription =>
  context.need('subscription', invoice.parent.subscription_details.subscription);

/** When the next attempt is due; undefined after the last one. */
function nextAttempt(context: Context, invoice: Invoice): number | undefined {
  const finalized = invoice.status_transitions.finalized_at ?? invoice.created;
  const now = context.nowFor(invoice);
  return RETRY_DAYS.map((days) => finalized + days * DAY).find((at) => at > now);
}

export function afterLastAttempt(context: Context, subscription: Subscription): void {
  const { afterLastRetry } = context.settings;
  if (afterLastRetry === 'canceled') endSubscription(context, subscription, { reason: 'payment_failed' });
  else changeSubscription(context, subscription, { status: afterLastRetry });
}

function onFailure(context: Context, invoice: Invoice): void {
  // Who is sent invoices pays by themselves: what they tried in vain is still due when it is due.
  if (isSent(invoice)) return;
  const subscription = subscriptionOf(context, invoice);
  if (subscription.status === 'active') changeSubscription(context, subscription, { status: 'past_due' });
  if (!['active', 'past_due'].includes(subscription.status)) return;
  const at = nextAttempt(context, invoice);
  context.update(invoice, { next_payment_attempt: at ?? null }, 'invoice.updated');
  if (at === undefined) afterLastAttempt(context, subscriptionOf(context, invoice));
  else setDeadline(context.store, { object: invoice.id, kind: 'retry_invoice', clock: subscription.test_clock, at });
}

const REVIVED: ReadonlySet<Subscription['status']> = new Set(['past_due', 'unpaid', 'incomplete', 'paused']);

export function onPayment(context: Context, invoice: Invoice): void {
  clearDeadline(context.store, invoice.id, 'retry_invoice');
  const subscription = subscriptionOf(context, invoice);
  if (!REVIVED.has(subscription.status) || !isDecisive(context, subscription, invoice)) return;
  const revived = changeSubscription(context, subscription, { status: 'active' });
  if (subscription.status === 'paused') context.emit('customer.subscription.resumed', revived);
}

/** Tries to collect an open invoice and moves its subscription accordingly. */
export function collectAndSettle(context: Context, invoice: Invoice, attempt: Attempt = {}): Collected {
  const method = attempt.method ?? payingMethod(context, subscriptionOf(context, invoice));
  const collected = collect(context, invoice, { ...attempt, method });
  if (collected.error) onFailure(context, collected.invoice);
  else onPayment(context, collected.invoice);
  return { ...collected, invoice: context.need('invoice', invoice.id) };
}

/** Finalises a draft and collects it at once, or sends it. */
export function bill(context: Context, draft: Invoice, attempt: Attempt = {}): Collected {
  const invoice = finalizeInvoice(context, draft);
  if (invoice.status === 'paid') {
    onPayment(context, invoice);
    return { invoice };
  }
  return isSent(invoice) && !attempt.asked
    ? { invoice: sendInvoice(context, invoice) }
    : collectAndSettle(context, invoice, attempt);
}
