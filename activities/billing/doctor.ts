import Stripe from 'stripe';
import { ask, type Answer } from '../../infra/doctor/answer.ts';
import { cataloguePrices, type StripePrice } from '../../infra/doctor/stripe-prices.ts';
import type { StripeCoupon } from '../../infra/doctor/stripe-coupons.ts';
import type { StripeEndpoint } from '../../infra/doctor/stripe-webhook.ts';
import type { StripeFacts } from '../../infra/doctor/stripe.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import { unlessMissing } from './failures.ts';
import { givenPriceOf } from './given-prices.ts';
import { asPrice } from './stripe-price.ts';

/** The API version of our library. */
export const STRIPE_API_VERSION: string = Stripe.API_VERSION;

/** Stripe's own messages repeat a part of the key. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof Stripe.errors.StripeAuthenticationError) return 'Stripe does not take the key';
  if (error instanceof Stripe.errors.StripePermissionError) return 'the key may not read it';
  if (error instanceof Stripe.errors.StripeInvalidRequestError) return `Stripe answers ${String(error.statusCode)}`;
  return undefined;
}

export const askStripe = <T>(question: () => Promise<T>): Promise<Answer<T>> => ask(question, refusalOf);

type Given = Parameters<typeof givenPriceOf>[0];

interface Subject {
  readonly live: boolean;
  readonly profile: Profile;
  /** Prices that the settings name. */
  readonly given?: Given;
  readonly now?: number;
}

/** The most lookup keys that Stripe accepts in one request. */
const MOST_KEYS = 10;

/** What the settings name stands for the price with the lookup key. */
async function givenIn(stripe: Stripe, profile: Profile, given: Given): Promise<readonly StripePrice[]> {
  const found = cataloguePrices(profile).map(async ({ plan, price, keys: [lookupKey] }) => {
    const id = givenPriceOf(given, { profile, plan: plan.id, ...price });
    const named = id === undefined ? undefined : await unlessMissing(stripe.prices.retrieve(id));
    return named && { ...asPrice(named), lookupKey };
  });
  return (await Promise.all(found)).filter((price) => price !== undefined);
}

async function pricesIn(stripe: Stripe, { profile, given = {} }: Subject): Promise<readonly StripePrice[]> {
  const keys = cataloguePrices(profile).flatMap((price) => price.keys);
  const pages = await Promise.all(
    Array.from({ length: Math.ceil(keys.length / MOST_KEYS) }, (_, page) =>
      stripe.prices.list({ lookup_keys: keys.slice(page * MOST_KEYS, (page + 1) * MOST_KEYS), limit: 100 }),
    ),
  );
  const named = await givenIn(stripe, profile, given);
  const isNamed = ({ lookupKey }: StripePrice): boolean => named.some((price) => price.lookupKey === lookupKey);
  return [...named, ...pages.flatMap(({ data }) => data.map(asPrice)).filter((price) => !isNamed(price))];
}

/** Each by its id: a list may be of thousands. Of a product without coupons nothing is asked. */
async function couponsIn(stripe: Stripe, { coupons = [] }: Profile): Promise<readonly StripeCoupon[]> {
  const found = await Promise.all(coupons.map(({ id }) => unlessMissing(stripe.coupons.retrieve(id))));
  return found.flatMap((coupon) => {
    if (!coupon) return [];
    const { id, percent_off: percentOff, duration, duration_in_months: months, valid } = coupon;
    return [{ id, percentOff, duration, months, valid }];
  });
}

/** Stripe allows sixteen endpoints for each mode, so one page has them all. */
async function endpointsOf(stripe: Stripe): Promise<readonly StripeEndpoint[]> {
  const { data } = await stripe.webhookEndpoints.list({ limit: 100 });
  return data.map(({ id, url, status, enabled_events: events, api_version: apiVersion }) => ({
    ...{ id, url, events, apiVersion, enabled: status === 'enabled' },
  }));
}

/** Every kind of key may ask for something that does not exist, so a restricted key is not mistaken for a wrong one. */
async function modeOf(stripe: Stripe, live: boolean): Promise<boolean> {
  try {
    return (await stripe.balance.retrieve()).livemode;
  } catch (error) {
    if (error instanceof Stripe.errors.StripePermissionError) return live;
    throw error;
  }
}

/** An event of the last minute may still be on its way. A hundred are as bad as more. */
async function undeliveredIn(stripe: Stripe, now: number): Promise<number> {
  const created = { gte: Math.floor(now / 1000) - 3_600, lte: Math.floor(now / 1000) - 60 };
  const { data } = await stripe.events.list({ created, delivery_success: false, limit: 100 });
  return data.length;
}

/** Asks Stripe without changing anything. Never rejects. */
export async function readStripeFacts(stripe: Stripe, { now = Date.now(), ...subject }: Subject): Promise<StripeFacts> {
  const { live, profile } = subject;
  const [key, charges, prices, coupons, endpoints, undelivered] = await Promise.all([
    askStripe(() => modeOf(stripe, live)),
    askStripe(async () => (await stripe.accounts.retrieveCurrent()).charges_enabled),
    askStripe(() => pricesIn(stripe, subject)),
    askStripe(() => couponsIn(stripe, profile)),
    askStripe(() => endpointsOf(stripe)),
    askStripe(() => undeliveredIn(stripe, now)),
  ]);
  return { key, charges, prices, coupons, endpoints, undelivered };
}
