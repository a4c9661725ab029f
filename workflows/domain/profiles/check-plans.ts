import { isCurrency, NOT_A_CURRENCY } from './currency.ts';
import { stepOf } from '../money.ts';
import type { Plan, Profile } from './profile.ts';
import { CYCLES, currenciesOf, isFree, MEMBER, MONTHS, type Cycle, type Prices } from './prices.ts';

const PLAN_ID = /^[a-z0-9][a-z0-9_-]{0,39}$/;
/** Of a feature or a limit: a member of the licence. */
const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/;
/** Stripe's most. */
const MOST_CENTS = 99_999_999;
const MOST_OF_A_LIMIT = 1_000_000_000_000;
const SHORTEST_TRIAL = 0.00001;
const LONGEST_TRIAL = 730;
/** Of a trial, in days. */
export const TRIAL_DAYS = [SHORTEST_TRIAL, LONGEST_TRIAL] as const;

/** Customers read it in one line of a list. */
const isTitle = (name: string): boolean => name.trim() !== '' && name.length <= 60 && !/\p{Cc}/u.test(name);

/** Those that came before. */
export const repeated = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.indexOf(name) < index);

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

/** Of a plan, where it has one of its own. */
function* ofTrial(plan: Plan): Generator<string> {
  const { id, trialDays = 0 } = plan;
  if (isFree(plan) && trialDays > 0)
    yield `plans.${id} costs nothing, so there is nothing to try: leave its trial out.`;
  else if (plan.trialDays !== undefined && !(trialDays >= SHORTEST_TRIAL && trialDays <= LONGEST_TRIAL))
    yield `plans.${id}.trialDays must be from ${String(SHORTEST_TRIAL)} to ${String(LONGEST_TRIAL)}.`;
}

function* ofAmount(at: string, cents: number, currency: string): Generator<string> {
  const step = stepOf(currency);
  if (!isWhole(cents, 0, MOST_CENTS))
    yield `${at} must be a whole number of the currency's smallest unit (cents), ${String(MOST_CENTS)} at most.`;
  else if (cents % step !== 0)
    yield `${at} must be a multiple of ${String(step)}: Stripe takes no smaller part of ${currency.toUpperCase()}.`;
}

/** A price above that of its months, or below that of one month, is a typing error. */
function* ofCycle(at: string, cycle: Cycle, prices: Prices): Generator<string> {
  const cents = prices[MEMBER[cycle]] ?? 0;
  const months = prices.monthlyCents * MONTHS[cycle];
  if (cents > months)
    yield `${at} is ${String(cents)}, and ${String(MONTHS[cycle])} months cost ${String(months)} by the month: nobody would choose it. Make it ${String(months)} at most.`;
  else if (cents < prices.monthlyCents)
    yield `${at} is ${String(cents)}, less than one month (${String(prices.monthlyCents)}). It is what ${String(MONTHS[cycle])} months cost together.`;
}

function* ofPrices(at: string, prices: Prices, currency: string): Generator<string> {
  for (const cycle of CYCLES) {
    const place = `${at}.${MEMBER[cycle]}`;
    const cents = prices[MEMBER[cycle]];
    if (cents === undefined) continue;
    const wrong = [...ofAmount(place, cents, currency)];
    yield* wrong;
    if (cycle !== 'monthly' && wrong.length === 0 && !isFree(prices)) yield* ofCycle(place, cycle, prices);
  }
}

function* ofFree({ id, quarterlyCents, annualCents, otherCurrencies }: Plan): Generator<string> {
  if ((quarterlyCents ?? annualCents ?? otherCurrencies) !== undefined)
    yield `plans.${id} costs nothing: leave its other prices out.`;
}

function* ofCurrencies({ id, otherCurrencies = {} }: Plan, product: Profile): Generator<string> {
  const at = `plans.${id}.otherCurrencies`;
  for (const [currency, prices] of Object.entries(otherCurrencies)) {
    if (!isCurrency(currency)) yield `${at}.${currency}: ${NOT_A_CURRENCY}`;
    if (currency === product.currency)
      yield `${at}.${currency} is the currency of the product: put those prices into the plan itself.`;
    if (isFree(prices)) yield `${at}.${currency}.monthlyCents is 0, where the plan costs something.`;
    yield* ofPrices(`${at}.${currency}`, prices, currency);
  }
  for (const currency of currenciesOf(product))
    if (currency !== product.currency && !(currency in otherCurrencies))
      yield `${at}.${currency} is missing: customers choose the currency before the plan.`;
}

function* ofNames(at: string, names: readonly string[]): Generator<string> {
  for (const name of names) {
    if (!NAME.test(name) || name in {})
      yield `${at}: "${name}" is not a valid name. Use letters, digits, "-" and "_", at most 40, and begin with a letter.`;
    if (name === 'maxDevices')
      yield `${at}: maxDevices is a member of the plan itself, and is there already. Leave it out.`;
  }
}

function* ofFeatures({ id, features = [], limits = {} }: Plan): Generator<string> {
  yield* ofNames(`plans.${id}.features`, features);
  for (const name of repeated(features)) yield `plans.${id}.features: "${name}" is there twice. Leave one out.`;
  yield* ofNames(`plans.${id}.limits`, Object.keys(limits));
  for (const [name, most] of Object.entries(limits))
    if (!isWhole(most, 0, MOST_OF_A_LIMIT))
      yield `plans.${id}.limits.${name} must be a whole number of 0 or more. Leave it out where there is no limit.`;
}

/** As staff may note one. */
const isFramework = (name: string): boolean => name.trim() !== '' && name.length <= 100 && !/\p{Cc}/u.test(name);

const STRIPE_ID = /^[\w-]{1,100}$/;

function* ofOthersNames({ id, framework, stripeProduct = 'prod' }: Plan): Generator<string> {
  if (framework !== undefined && !isFramework(framework))
    yield `plans.${id}.framework must be one line of at most 100 characters. Support reads it.`;
  if (!STRIPE_ID.test(stripeProduct))
    yield `plans.${id}.stripeProduct must be letters, digits, "-" and "_", at most 100. Stripe knows the plan by it.`;
}

function* ofPlan(plan: Plan, product: Profile): Generator<string> {
  const { id, maxDevices, connections } = plan;
  yield* ofPrices(`plans.${id}`, plan, product.currency);
  yield* isFree(plan) ? ofFree(plan) : ofCurrencies(plan, product);
  yield* ofTrial(plan);
  if (!isWhole(maxDevices, 0, 1_000_000) || !isWhole(connections, 1, 100))
    yield `plans.${id}: maxDevices must be a whole number, 0 where there are no devices; connections one from 1 to 100.`;
  if (!isTitle(plan.name)) yield `plans.${id}.name must be one line of at most 60 characters. Customers choose by it.`;
  if (!PLAN_ID.test(id)) yield `plans: "${id}" is not a valid id. Use a-z, 0-9, "-" and "_", at most 40.`;
  yield* ofOthersNames(plan);
  yield* ofFeatures(plan);
}

/** What is wrong with a catalogue. */
export function* problemsOfPlans(product: Profile): Generator<string> {
  const { plans } = product;
  for (const id of repeated(plans.map((plan) => plan.id))) yield `plans: two have the id "${id}". Rename one.`;
  const different = [...new Map(plans.map((plan) => [plan.id, plan])).values()];
  for (const name of repeated(different.map((plan) => plan.name)))
    yield `plans: two are named "${name}", and customers could not tell them apart. Rename one.`;
  const free = plans.filter(isFree).map(({ id }) => id);
  if (free.length > 1)
    yield `plans: ${free.join(' and ')} cost nothing. Keep one: it is what customers go on with who do not pay.`;
  for (const plan of plans) yield* ofPlan(plan, product);
}
