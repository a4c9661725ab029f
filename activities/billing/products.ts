import Stripe from 'stripe';
import { planName, stripeProductOf, type Profile } from '../../workflows/domain/profiles/index.ts';

/** Somebody, or an earlier try, has made what was to be made under an id of ours. */
export const isThere = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_already_exists';

/** What invoices and Stripe's pages call a plan. */
export const productName = (profile: Profile, planId: string): string =>
  `${profile.brand.name} ${planName(profile, planId)}`;

/** Creates a plan's product in Stripe, under its id, which makes it safe to repeat. */
export async function makeProduct(stripe: Stripe, profile: Profile, planId: string): Promise<Stripe.Product> {
  const id = stripeProductOf(profile, planId);
  try {
    return await stripe.products.create({ id, name: productName(profile, planId) });
  } catch (error) {
    if (!isThere(error)) throw error;
    return stripe.products.retrieve(id);
  }
}
