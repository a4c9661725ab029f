import type Stripe from 'stripe';
import type { Dispute } from '../../workflows/domain/disputes.ts';
import { instant } from './deps.ts';

/** As many as one payment can have, and more. */
const LIMIT = 10;

const pageOf = ({ id, livemode }: Stripe.Dispute): string =>
  `https://dashboard.stripe.com/${livemode ? '' : 'test/'}disputes/${id}`;

/** The disputes of a payment, the newest first. */
export async function disputesOf(stripe: Stripe, paymentIntent: string): Promise<readonly Dispute[]> {
  const { data } = await stripe.disputes.list({ payment_intent: paymentIntent, limit: LIMIT });
  return data
    .toSorted((one, other) => other.created - one.created)
    .map((dispute) => ({
      ...{ id: dispute.id, status: dispute.status, amount: dispute.amount, currency: dispute.currency },
      reason: dispute.reason,
      dueAt: dispute.evidence_details.due_by === null ? null : instant(dispute.evidence_details.due_by),
      page: pageOf(dispute),
    }));
}
