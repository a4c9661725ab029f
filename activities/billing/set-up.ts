import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { StripeExpected, StripeFacts } from '../../infra/doctor/stripe.ts';
import { ourEndpoints } from '../../infra/doctor/stripe-webhook.ts';
import { asStripeHasIt, couponInWords } from '../../infra/doctor/stripe-coupons.ts';
import { cataloguePrices, inWords } from '../../infra/doctor/stripe-prices.ts';
import { makeCoupon } from './coupons.ts';
import { makePrice } from './catalogue.ts';

/** Something that is missing in Stripe and that can be created. */
export interface Making {
  readonly what: string;
  readonly make: () => Promise<unknown>;
}

function* missingPrices(stripe: Stripe, facts: StripeFacts, { profile }: StripeExpected): Iterable<Making> {
  if (!('told' in facts.prices)) return;
  const known = new Set(facts.prices.told.map(({ lookupKey }) => lookupKey));
  for (const { plan, price, lookupKey } of cataloguePrices(profile)) {
    if (known.has(lookupKey)) continue;
    yield { what: `price ${lookupKey}, ${inWords(price)}`, make: () => makePrice(stripe, profile, plan, price) };
  }
}

function* missingCoupons(stripe: Stripe, facts: StripeFacts, { profile }: StripeExpected): Iterable<Making> {
  if (!('told' in facts.coupons)) return;
  const known = new Set(facts.coupons.told.map(({ id }) => id));
  for (const coupon of profile.coupons ?? [])
    if (!known.has(coupon.id))
      yield {
        what: `coupon ${coupon.id}, ${couponInWords(asStripeHasIt(coupon))}`,
        make: () => makeCoupon(stripe, coupon),
      };
}

function* missingEndpoint(stripe: Stripe, facts: StripeFacts, expected: StripeExpected): Iterable<Making> {
  if (!('told' in facts.endpoints) || ourEndpoints(facts.endpoints.told, expected).length > 0) return;
  const url = `${expected.publicUrl}${expected.webhookPaths[0] ?? ''}`;
  const order = {
    ...{ url, api_version: expected.apiVersion as Stripe.WebhookEndpointCreateParams.ApiVersion },
    enabled_events: [...expected.events] as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
  };
  yield {
    what: `webhook endpoint to ${url}, ${String(expected.events.length)} events, version ${expected.apiVersion}`,
    // A new key each time: a key used a day ago could return an endpoint that was deleted since.
    make: () => stripe.webhookEndpoints.create(order, { idempotencyKey: randomUUID() }),
  };
}

/** What does not exist in Stripe at all. What exists but is wrong is for a person to judge. */
export const makingsOf = (stripe: Stripe, facts: StripeFacts, expected: StripeExpected): readonly Making[] => [
  ...missingPrices(stripe, facts, expected),
  ...missingCoupons(stripe, facts, expected),
  ...missingEndpoint(stripe, facts, expected),
];
