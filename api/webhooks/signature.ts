import Stripe from 'stripe';

/** The part of Stripe's library that checks signatures; it calls nobody. */
export type StripeSignatures = Pick<Stripe, 'webhooks'>;

export const loadStripeSignatures = (secretKey: string): StripeSignatures => new Stripe(secretKey);

/** The version our library speaks: events rendered for another one are not read (reliability ST11). */
export const API_VERSION: string = Stripe.API_VERSION;

const TOLERANCE_SECONDS = 300;

/** @returns the event, or undefined when the signature is missing, forged or older than five minutes */
export function readSignedEvent(
  stripe: StripeSignatures,
  { body, signature, secret }: { readonly body: unknown; readonly signature: unknown; readonly secret: string },
): Stripe.Event | undefined {
  if (!Buffer.isBuffer(body) || typeof signature !== 'string' || signature === '') return undefined;
  try {
    return stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS);
  } catch {
    return undefined;
  }
}
