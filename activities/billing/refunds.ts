import { ApplicationFailure } from '@temporalio/common';
import Stripe from 'stripe';
import { appendAudit, isAudited } from '../../infra/db/repositories/audit.ts';
import { findPaidInvoice, recordRefunded } from '../../infra/db/repositories/invoices.ts';
import type { RefundRequest, Refunded } from '../../workflows/contract/refund.ts';
import { isLost, isTakenBack, type Dispute } from '../../workflows/domain/disputes.ts';
import { money } from '../../workflows/domain/money.ts';
import type { BillingDeps } from './deps.ts';
import { disputesOf } from './disputes.ts';
import { asApplicationFailure } from './failures.ts';

const refused = (sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, 'CommandRefused');
interface Payment {
  readonly intent: string;
  readonly invoiceId: string;
  /** Cents. */
  readonly paid: number;
  readonly currency: string;
}

async function findPayment({ database, stripe }: BillingDeps, request: RefundRequest): Promise<Payment> {
  const { customerId, invoiceId } = request;
  const invoice = await findPaidInvoice(database, customerId, invoiceId);
  if (!invoice) throw refused(`This customer has no paid invoice ${invoiceId}.`);
  if (invoice.stripePaymentIntentId === null)
    throw refused(`Stripe names no payment for the invoice ${invoiceId}; refund it where it was paid.`);
  const intent = await stripe.paymentIntents.retrieve(invoice.stripePaymentIntentId);
  return { intent: intent.id, invoiceId, paid: intent.amount_received, currency: intent.currency };
}

/** The refunds of the payment that were made or are on their way; a failed refund does not count. */
async function refundsOf({ stripe }: BillingDeps, { intent }: Payment): Promise<readonly Stripe.Refund[]> {
  const { data } = await stripe.refunds.list({ payment_intent: intent, limit: 100 });
  return data.filter(({ status }) => status !== 'failed' && status !== 'canceled');
}

const sum = (parts: readonly { readonly amount: number }[]): number =>
  parts.reduce((cents, { amount }) => cents + amount, 0);

/** Their bank has given it to them already, or will decide whether it does. */
function refuseDisputed(disputes: readonly Dispute[], invoiceId: string): void {
  const open = disputes.find(({ status }) => isTakenBack(status));
  if (open)
    throw refused(
      `The payment of the invoice ${invoiceId} is disputed: the customer's bank has taken ${money(open.amount, open.currency)} back until it decides, so a refund would pay them twice. Answer or accept the dispute ${open.id} in Stripe.`,
    );
}

function refuseTooMuch({ paid, currency, invoiceId }: Payment, before: number, amount: number | undefined): void {
  const left = paid - before;
  if (left <= 0) throw refused(`The invoice ${invoiceId} is refunded already: all of its ${money(paid, currency)}.`);
  if (amount !== undefined && amount > left)
    throw refused(
      `Only ${money(left, currency)} of the invoice ${invoiceId} is left to refund, not ${money(amount, currency)}.`,
    );
}

async function create({ stripe }: BillingDeps, payment: Payment, request: RefundRequest): Promise<Stripe.Refund> {
  const { customerId, amount, key } = request;
  return stripe.refunds.create(
    {
      payment_intent: payment.intent,
      ...(amount !== undefined && { amount }),
      metadata: { customer_id: customerId, refund_key: key },
    },
    { idempotencyKey: key },
  );
}

/** @throws ApplicationFailure `CommandRefused` when there is nothing, or not that much, to refund */
async function refuseWhatIsNotLeft(
  { stripe }: BillingDeps,
  payment: Payment,
  { before, amount }: { readonly before: readonly Stripe.Refund[]; readonly amount: number | undefined },
): Promise<void> {
  const disputes = await disputesOf(stripe, payment.intent);
  refuseDisputed(disputes, payment.invoiceId);
  refuseTooMuch(payment, sum(before) + sum(disputes.filter(({ status }) => isLost(status))), amount);
}

/** The refund of this request, made by an earlier attempt or now; reads first, because an answer may have been lost. */
async function ensureRefund(deps: BillingDeps, payment: Payment, request: RefundRequest): Promise<Stripe.Refund> {
  const ours = (refunds: readonly Stripe.Refund[]) =>
    refunds.find(({ metadata }) => metadata?.['refund_key'] === request.key);
  const before = await refundsOf(deps, payment);
  const made = ours(before);
  if (made) return made;
  const { amount } = request;
  await refuseWhatIsNotLeft(deps, payment, { before, amount });
  try {
    return await create(deps, payment, request);
  } catch (error) {
    const now = await refundsOf(deps, payment);
    const after = ours(now);
    if (after) return after;
    // Another refund, or a dispute, may have come in between; then report that.
    if (error instanceof Stripe.errors.StripeInvalidRequestError)
      await refuseWhatIsNotLeft(deps, payment, { before: now, amount });
    throw error;
  }
}

/** Copies the refunded amount to our invoice, and records the refund in the audit trail once, with its request. */
async function record({ database }: BillingDeps, request: RefundRequest, refunded: Refunded): Promise<void> {
  const { customerId, auditId } = request;
  const { refundId, invoiceId, amount, currency, refundedInAll } = refunded;
  await database.transaction().execute(async (tx) => {
    await recordRefunded(tx, invoiceId, refundedInAll);
    if (await isAudited(tx, customerId, 'refund.made', { refundId })) return;
    const rule = `${money(amount, currency)} of the invoice ${invoiceId} were paid back`;
    const details = { refundId, invoiceId, amount, currency, refundedInAll, orderedBy: auditId, rule };
    await appendAudit(tx, { customerId, actor: 'system', action: 'refund.made', details });
  });
}

/** Records once that the refund was refused: a refund that is neither made nor refused is still due. */
async function recordRefusal({ database }: BillingDeps, request: RefundRequest, { message }: Error): Promise<void> {
  const { customerId, auditId: orderedBy, invoiceId } = request;
  if (await isAudited(database, customerId, 'refund.refused', { orderedBy })) return;
  const details = { orderedBy, invoiceId, rule: message };
  await appendAudit(database, { customerId, actor: 'system', action: 'refund.refused', details });
}

async function payBack(deps: BillingDeps, request: RefundRequest): Promise<Refunded> {
  const payment = await findPayment(deps, request);
  const { id: refundId, amount, currency } = await ensureRefund(deps, payment, request);
  const refundedInAll = sum(await refundsOf(deps, payment));
  const refunded = { refundId, invoiceId: request.invoiceId, amount, currency, refundedInAll, paid: payment.paid };
  await record(deps, request, refunded);
  return refunded;
}

/** Refunds an invoice, once per key. @throws CommandRefused when there is nothing, or not that much, to refund */
export async function refundInvoice(deps: BillingDeps, request: RefundRequest): Promise<Refunded> {
  try {
    return await payBack(deps, request);
  } catch (error) {
    const failure = asApplicationFailure(error);
    if (failure instanceof ApplicationFailure && failure.nonRetryable === true)
      await recordRefusal(deps, request, failure);
    throw failure;
  }
}
