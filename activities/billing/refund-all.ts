import Stripe from 'stripe';
import { idOf, type BillingDeps } from './deps.ts';

/** Refunded by an earlier attempt that was cut off. */
function unlessRefunded(error: unknown): void {
  const { errors } = Stripe;
  if (!(error instanceof errors.StripeInvalidRequestError) || error.code !== 'charge_already_refunded') throw error;
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
          .catch(unlessRefunded);
    }
}
