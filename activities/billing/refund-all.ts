import Stripe from 'stripe';
import { idOf, type BillingDeps } from './deps.ts';

/** Refunded by an earlier attempt that was cut off, or taken back by the bank of the customer, who is not paid twice. */
const PAID_BACK: readonly (string | undefined)[] = ['charge_already_refunded', 'charge_disputed'];

export function unlessPaidBack(error: unknown): void {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError) || !PAID_BACK.includes(error.code)) throw error;
}

/** Refunds what a subscription that is undone has charged. */
export async function refundAll({ stripe }: BillingDeps, subscription: string, key: string): Promise<void> {
  const { data } = await stripe.invoices.list({ subscription, status: 'paid', limit: 100, expand: ['data.payments'] });
  for (const { payments } of data)
    for (const { payment } of payments?.data ?? []) {
      const intent = idOf(payment.payment_intent);
      if (intent !== null)
        await stripe.refunds
          .create({ payment_intent: intent }, { idempotencyKey: `${key}:refund:${intent}` })
          .catch(unlessPaidBack);
    }
}
