import type Stripe from 'stripe';
import type { Config } from '../../infra/config.ts';
import { PRICE_PREFIX } from '../../infra/config/table.ts';
import { differences } from '../../infra/doctor/stripe-prices.ts';
import { findPlan, findPrice, isFree, type Price, type Profile } from '../../workflows/domain/profiles/index.ts';
import { asPrice } from './stripe-price.ts';
import { unlessMissing } from './failures.ts';

type Given = Pick<Config['stripe'], 'prices' | 'pilotCoupon'>;

/** The setting that names the price of a plan: `pro-plus` is `STRIPE_PRICE_PRO_PLUS`. */
const settingOf = (planId: string): string => `${PRICE_PREFIX}${planId.toUpperCase().replaceAll('-', '_')}`;

interface Sold extends Pick<Price, 'cycle' | 'currency'> {
  readonly profile: Profile;
  readonly plan: string;
}

/** The id of the price that a setting names for what was agreed: that of a month, in the currency of the product. */
export const givenPriceOf = ({ prices = {} }: Given, { profile, plan, cycle, currency }: Sold): string | undefined =>
  cycle === 'monthly' && currency === profile.currency ? prices[settingOf(plan)] : undefined;

function* problemsOfNames({ prices = {}, pilotCoupon }: Given, profiles: readonly Profile[]): Generator<string> {
  const named = profiles.flatMap(({ plans }) => plans.filter((plan) => !isFree(plan)).map(({ id }) => settingOf(id)));
  for (const name of Object.keys(prices)) {
    const times = named.filter((each) => each === name).length;
    if (times === 0) yield `${name} names no plan that is sold here: ${named.join(', ')}.`;
    if (times > 1) yield `${name} names a plan of several products. Give each worker one product, or use lookup keys.`;
  }
  const coupons = profiles.flatMap((profile) => profile.coupons ?? []).map(({ id }) => id);
  if (pilotCoupon !== undefined && !coupons.includes(pilotCoupon))
    yield `STRIPE_PILOT_COUPON is ${pilotCoupon}, which is no coupon of the catalogue (${coupons.join(', ') || 'it has none'}).`;
}

async function problemOf(stripe: Stripe, name: string, id: string, price: Price): Promise<string | undefined> {
  const found = await unlessMissing(stripe.prices.retrieve(id));
  if (!found) return `${name}: Stripe has no price ${id}.`;
  const wrong = differences(asPrice(found), price);
  return wrong.length === 0 ? undefined : `${name}: ${id} ${wrong.join(' and ')}.`;
}

/**
 * Where a price or coupon that the settings name is not that of the catalogue: nobody is charged another price than they
 * were told. @throws when Stripe does not answer
 */
export async function problemsOfGiven(
  stripe: Stripe,
  given: Given,
  profiles: readonly Profile[],
): Promise<readonly string[]> {
  const names = [...problemsOfNames(given, profiles)];
  if (names.length > 0) return names;
  const asked = profiles.flatMap((profile) =>
    profile.plans.flatMap(({ id: planId }) => {
      const [plan, name] = [findPlan(profile, planId), settingOf(planId)];
      const [id, price] = [given.prices?.[name], plan && findPrice(profile, plan)];
      return id === undefined || price === undefined ? [] : [problemOf(stripe, name, id, price)];
    }),
  );
  return (await Promise.all(asked)).filter((problem) => problem !== undefined);
}
