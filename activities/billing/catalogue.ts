import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import {
  findPlan,
  findProfile,
  priceLookupKey,
  type Plan,
  type Profile,
} from '../../workflows/domain/profiles/index.ts';
import type { BillingDeps } from './deps.ts';

/** The id of a plan's monthly price in Stripe, found by its lookup key; undefined when there is none. */
export async function findPrice({ stripe }: BillingDeps, profile: string, planId: string): Promise<string | undefined> {
  const lookupKey = priceLookupKey(profile, planId);
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 });
  return data[0]?.id;
}

/** Makes a plan's monthly price from the catalogue, with its lookup key and a product. Made twice, it is one. */
export const makePrice = (
  stripe: Stripe,
  profile: Profile,
  { id, name, monthlyCents }: Plan,
): Promise<Stripe.Price> => {
  const lookupKey = priceLookupKey(profile.name, id);
  return stripe.prices.create(
    {
      currency: profile.currency,
      unit_amount: monthlyCents,
      recurring: { interval: 'month' },
      lookup_key: lookupKey,
      product_data: { name: `${profile.brand.name} ${name}` },
    },
    { idempotencyKey: `catalogue:${lookupKey}:${String(monthlyCents)}` },
  );
};

/**
 * The id of a plan's monthly price, found by its lookup key. Outside live mode a missing price is made from the
 * profile; in live mode prices are set up on purpose (S0-23), never by a customer's signup.
 */
export async function priceOf(deps: BillingDeps, profileName: string, planId: string): Promise<string> {
  const { stripe, config } = deps;
  const found = await findPrice(deps, profileName, planId);
  if (found !== undefined) return found;
  const lookupKey = priceLookupKey(profileName, planId);
  const profile = findProfile(profileName);
  const plan = findPlan(profile, planId);
  if (!plan || config.live)
    throw ApplicationFailure.nonRetryable(`Stripe has no price with the lookup key ${lookupKey}.`, 'StripeRefused');
  const price = await makePrice(stripe, profile, plan);
  return price.id;
}
