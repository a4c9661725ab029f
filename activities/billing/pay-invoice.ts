import Stripe from 'stripe';

/**
 * Either it was declined once more, and the invoice stays open, or it was paid meanwhile: by Stripe's own retry, or by
 * hand.
 */
export const needsNoOtherTry = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeCardError ||
  (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'invoice_already_paid');
