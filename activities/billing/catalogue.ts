import { ApplicationFailure } from '@temporalio/common';
import { findPlan, findProfile, priceLookupKey } from '../../workflows/domain/profiles/index.ts';
import type { BillingDeps } from './deps.ts';

/** The id of a plan's monthly price in Stripe, found by its lookup key; undefined when there is none. */
export async function findPrice({ stripe }: BillingDeps, profile: string, planId: string): Promise<string | undefined> {
  const lookupKey = priceLookupKey(profile, planId);
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 });
  return data[0]?.id;
}

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
  const price = await stripe.prices.create(
    {
      currency: profile.currency,
      unit_amount: plan.monthlyCents,
      recurring: { interval: 'month' },
      lookup_key: lookupKey,
      product_data: { name: `${profile.productName} ${plan.name}` },
    },
    { idempotencyKey: `catalogue:${lookupKey}:${String(plan.monthlyCents)}` },
  );
  return price.id;
}
