import { cardByLast4 } from '../cards.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Dispute } from '../objects/disputes.ts';
import type { Charge } from '../objects/payments.ts';
import { clearDeadline, setDeadline } from './deadlines.ts';
import { DAY } from './periods.ts';

/** Networks give 7 to 21 days: https://docs.stripe.com/disputes/responding */
const DAYS_TO_RESPOND = 9;
/** In cents, whatever the currency of the charge: https://docs.stripe.com/disputes/how-disputes-work */
const FEE = 1500;

const NO_EVIDENCE = Object.fromEntries(
  [
    ...['access_activity_log', 'billing_address', 'cancellation_policy', 'cancellation_policy_disclosure'],
    ...['cancellation_rebuttal', 'customer_communication', 'customer_email_address', 'customer_name'],
    ...['customer_purchase_ip', 'customer_signature', 'duplicate_charge_documentation'],
    ...['duplicate_charge_explanation', 'duplicate_charge_id', 'product_description', 'receipt', 'refund_policy'],
    ...['refund_policy_disclosure', 'refund_refusal_explanation', 'service_date', 'service_documentation'],
    ...['shipping_address', 'shipping_carrier', 'shipping_date', 'shipping_documentation'],
    ...['shipping_tracking_number', 'uncategorized_file', 'uncategorized_text'],
  ].map((name) => [name, null]),
);

const NETWORK_REASON: Readonly<Record<string, string>> = { fraudulent: '10.4', product_not_received: '13.1' };

/** The withdrawal of the money (with the fee), or its return. */
function movement(context: Context, dispute: Dispute, sign: 1 | -1): object {
  const fee = sign === -1 ? FEE : 0;
  const now = context.nowFor(dispute);
  const what = sign === -1 ? 'Chargeback withdrawal' : 'Chargeback reversal';
  return {
    id: newId('balance_transaction'),
    object: 'balance_transaction',
    ...{ amount: sign * dispute.amount, available_on: now, balance_type: 'payments', created: now },
    ...{ currency: dispute.currency, description: `${what} for ${dispute.charge}`, exchange_rate: null, fee },
    fee_details: fee
      ? [{ amount: fee, application: null, currency: dispute.currency, description: 'Dispute fee', type: 'stripe_fee' }]
      : [],
    ...{ net: sign * dispute.amount - fee, reporting_category: sign === -1 ? 'dispute' : 'dispute_reversal' },
    ...{ source: dispute.id, status: 'available', type: 'adjustment' },
  };
}

/** The cardholder's bank takes a charge back: the money is withdrawn at once, and there is a date until which to respond. */
export function openDispute(context: Context, charge: Charge, reason: string): Dispute {
  if (charge.disputed) throw invalidRequest(`Charge ${charge.id} is disputed already.`, { param: 'charge' });
  const created = context.nowFor(charge);
  const due_by = created + DAYS_TO_RESPOND * DAY;
  const { brand } = charge.payment_method_details.card;
  const dispute: Dispute = {
    id: newId('dispute'),
    object: 'dispute',
    ...{
      amount: charge.amount_captured - charge.amount_refunded,
      balance_transactions: [],
      charge: charge.id,
      created,
    },
    ...{ currency: charge.currency, enhanced_eligibility_types: [] },
    evidence: { ...NO_EVIDENCE, enhanced_evidence: {} },
    evidence_details: {
      ...{ due_by, enhanced_eligibility: {}, has_evidence: false, past_due: false, submission_count: 0 },
    },
    ...{ is_charge_refundable: false, livemode: false, metadata: {}, payment_intent: charge.payment_intent },
    payment_method_details: {
      type: 'card',
      card: { brand, case_type: 'chargeback', network: brand, network_reason_code: NETWORK_REASON[reason] ?? null },
    },
    ...{ reason, status: 'needs_response' },
  };
  context.update(charge, { disputed: true });
  context.create(dispute, 'charge.dispute.created');
  const withdrawn = context.update(dispute, { balance_transactions: [movement(context, dispute, -1)] });
  context.emit('charge.dispute.funds_withdrawn', withdrawn);
  const clock = context.clockOf(charge);
  setDeadline(context.store, { object: dispute.id, kind: 'dispute_due', clock, at: due_by });
  return withdrawn;
}

/** What a card does that pays and then has it taken back: https://docs.stripe.com/testing#disputes */
export function disputeByCard(context: Context, charge: Charge): void {
  const reason = cardByLast4(charge.payment_method_details.card.last4)?.disputes;
  if (reason !== undefined) openDispute(context, charge, reason);
}

/** The bank's word is the last one. Won, the money comes back; the fee does not. */
export function closeDispute(context: Context, dispute: Dispute, status: 'won' | 'lost', past_due = false): Dispute {
  if (dispute.status === 'won' || dispute.status === 'lost')
    throw invalidRequest('This dispute is already closed', { code: 'dispute_already_closed' });
  clearDeadline(context.store, dispute.id, 'dispute_due');
  const won = status === 'won';
  const returned = won ? [movement(context, dispute, 1)] : [];
  const closed = context.update(dispute, {
    ...{ status, is_charge_refundable: won },
    balance_transactions: [...dispute.balance_transactions, ...returned],
    evidence_details: { ...dispute.evidence_details, past_due },
  });
  if (won) context.emit('charge.dispute.funds_reinstated', closed);
  context.emit('charge.dispute.closed', closed);
  return closed;
}

/** Nobody answered in time; what was sent is still under review. */
export function missDueDate(context: Context, dispute: Dispute): void {
  if (dispute.status === 'needs_response') closeDispute(context, dispute, 'lost', true);
}
