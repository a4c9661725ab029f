import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import type { Invoice } from '../objects/billing.ts';
import { clearDeadline } from './deadlines.ts';
import { paymentOf } from './payment-intents.ts';
import { isDecisive, subscriptionOf } from './subscriptions.ts';

export function cancelPayment(context: Context, invoice: Invoice): void {
  const payment = paymentOf(context, invoice);
  if (!payment) return;
  const canceled_at = context.nowFor(invoice);
  context.update(payment, { status: 'canceled', status_transitions: { ...payment.status_transitions, canceled_at } });
  const intent = context.need('payment_intent', payment.payment.payment_intent);
  context.emit('payment_intent.canceled', context.update(intent, { status: 'canceled', next_action: null }));
}

/** Gives up an open invoice; a subscription that waited for it is in good standing again. */
export function giveUp(context: Context, invoice: Invoice, status: 'void' | 'uncollectible'): Invoice {
  const { id } = invoice;
  // What was marked as uncollectible can still be voided.
  const isGivenUp = status === 'void' && invoice.status === 'uncollectible';
  if (invoice.status !== 'open' && !isGivenUp)
    throw invalidRequest(`You can only pass in open invoices. This invoice isn't open.`, { code: 'invoice_not_open' });
  const at = context.nowFor(invoice);
  const stamp = status === 'void' ? { voided_at: at } : { marked_uncollectible_at: at };
  const status_transitions = { ...invoice.status_transitions, ...stamp };
  const closed = context.update(invoice, {
    status,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions,
  });
  clearDeadline(context.store, id, 'retry_invoice');
  if (status === 'void') cancelPayment(context, closed);
  context.emit(status === 'void' ? 'invoice.voided' : 'invoice.marked_uncollectible', closed);
  const subscription = subscriptionOf(context, closed);
  if (subscription.status === 'past_due' && isDecisive(context, subscription, closed))
    context.update(subscription, { status: 'active' }, 'customer.subscription.updated');
  return closed;
}
