import { stepsWithoutTrial } from './core-steps.ts';
import { discounted, type Coupon } from './profiles/coupons.ts';
import { findPrice, isFree, type Price, type PriceChoice } from './profiles/prices.ts';
import { findPlan, freePlanOf, type Plan, type Profile } from './profiles/profile.ts';
import type { Step } from './steps.ts';

/** As terms carry a price: by the month it looks as it did before there were other cycles. */
type SoldPrice = { readonly monthlyCents: number; readonly currency: string } | Price;

const asSold = ({ cents, cycle, currency }: Price): SoldPrice =>
  cycle === 'monthly' ? { monthlyCents: cents, currency } : { cents, cycle, currency };

const asPrice = (sold: SoldPrice): Price =>
  'cycle' in sold ? sold : { cents: sold.monthlyCents, cycle: 'monthly', currency: sold.currency };

/** What a plan is to the customer who has it. */
export interface SoldPlan {
  readonly plan: string;
  readonly maxDevices: number;
  /** Absent from the terms of those who signed up before plans had it. */
  readonly connections?: number;
  /** What the customer was told they would pay. Absent from the terms of those who signed up before terms had it: `priceAgreed`. */
  readonly price?: SoldPrice;
  /** What it includes. Absent from the terms of those who signed up before plans had it: `contentsOf`. */
  readonly features?: readonly string[] | undefined;
  readonly limits?: Readonly<Record<string, number>> | undefined;
}
/** Another plan that was agreed on for later. */
export interface PlanAhead {
  readonly plan: SoldPlan;
  /** ISO 8601. */
  readonly from: string;
  /** Stripe's id of the price of the plan until then. */
  readonly priceBefore: string;
}

/** One that costs nothing. */
export type FreePlan = SoldPlan & Required<Pick<SoldPlan, 'connections' | 'price'>>;

/**
 * What one customer was sold, resolved from the profile at signup and carried as data: a later change of the profile
 * changes nothing for those who already signed up. Lengths in days may be fractions.
 */
export interface Terms extends SoldPlan {
  readonly profile: string;
  readonly target: string;
  readonly trialDays: number;
  readonly reminderDaysBeforeEnd: readonly number[];
  /**
   * Days a payment may be overdue before the instance is read-only. Absent from the terms of those who signed up before
   * terms had it.
   */
  readonly pastDueDays?: number;
  /** Read-only days, after an unpaid trial or an overdue payment, before the instance is suspended. */
  readonly graceDays: number;
  /** Days a suspended stack, and later a backup, is kept. */
  readonly retentionDays: number;
  readonly maxTrialExtensions: number;
  /** What becomes of what they have paid for the days to come when they leave at once: kept if absent. */
  readonly whenLeavingNow?: 'keep' | 'refund' | undefined;
  /** For how many months a customer who pays by the month may pause their plan. Absent from older terms: `mostMonthsOfPause`. */
  readonly maxPauseMonths?: number;
  /** The discount that they were told. */
  readonly coupon?: Coupon | undefined;
  /** In Stripe it has its price already, so that the next payment is right whatever happens to Tenure. */
  readonly planAhead?: PlanAhead | undefined;
  /** What they have before they pay, and what they go on with when a trial or a subscription ends. Absent: they leave then. */
  readonly freePlan?: FreePlan;
  /** Of the onboarding, in order. Absent from the terms of those who signed up before terms had them: `stepsOf`. */
  readonly steps?: readonly Step[];
  /** In terms without steps: staff took the customer on without an instance. */
  readonly withoutInstance?: boolean;
  readonly onboarding: {
    readonly whenAStepFails: 'park' | 'rollback';
    /** Days a failed onboarding may wait for a person before everything is undone. */
    readonly parkedDays: number;
    readonly alertEveryHours: number;
  };
  readonly retry: { readonly attempts: number; readonly initialMs: number; readonly backoff: number };
}

/** What nobody's life can do without. */
const NEEDED = {
  ...{ profile: 'string', plan: 'string', target: 'string' },
  ...{ trialDays: 'number', graceDays: 'number', retentionDays: 'number' },
  ...{ maxTrialExtensions: 'number', maxDevices: 'number' },
  ...{ reminderDaysBeforeEnd: 'object', onboarding: 'object', retry: 'object' },
} as const satisfies Partial<Record<keyof Terms, string>>;

/** What is missing from terms that were written by hand, by name. */
export const lackingIn = (terms: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(NEEDED).flatMap(([name, type]) => (terms[name] !== null && typeof terms[name] === type ? [] : [name]));

export interface TermsOverrides {
  /** Where new customers' stacks stand, in place of the product's own target. */
  readonly target?: string | undefined;
  readonly trialDays?: number | undefined;
  readonly maxTrialExtensions?: number | undefined;
  readonly retryInitialMs?: number | undefined;
}

/** What of the terms is the plan's. */
export const ofPlan = ({ id, maxDevices, connections, features = [], limits = {} }: Plan, price: Price): FreePlan => ({
  ...{ plan: id, maxDevices, connections, features, limits },
  price: asSold(price),
});

/** What was agreed with the customer, whatever the catalogue says by now; undefined when neither knows the plan. */
export function priceAgreed(
  { plan: planId, price }: Pick<Terms, 'plan' | 'price'>,
  profile: Profile,
): Price | undefined {
  if (price !== undefined) return asPrice(price);
  const plan = findPlan(profile, planId);
  return plan && findPrice(profile, plan);
}

/** What another plan costs who pays as often, and in the same currency, as they do now; undefined where it is not sold so. */
export const priceInstead = (terms: Pick<Terms, 'plan' | 'price'>, profile: Profile, plan: Plan): Price | undefined =>
  findPrice(profile, plan, priceAgreed(terms, profile));

/**
 * What a plan costs who subscribes to it now, in the currency that they chose when they signed up, where it is sold in
 * that; undefined where it cannot be paid for by this cycle.
 */
export function priceToSubscribe(
  terms: Pick<Terms, 'plan' | 'price'>,
  profile: Profile,
  plan: Plan,
  cycle?: PriceChoice['cycle'],
): Price | undefined {
  const chosen = priceAgreed(terms, profile)?.currency;
  const currency = chosen !== undefined && findPrice(profile, plan, { currency: chosen }) ? chosen : undefined;
  return findPrice(profile, plan, { cycle, currency });
}

/**
 * What the customer has instead, when Stripe has them at another price: of another plan, or of theirs. Undefined while it
 * is what was agreed.
 */
export function soldInstead(terms: Terms, sold: SoldPlan): SoldPlan | undefined {
  if (sold.plan !== terms.plan) return sold;
  const { maxDevices, connections, features, limits, price: agreed } = terms;
  const { plan, price } = sold;
  // Older terms do not say what was agreed.
  if (!agreed || !price || isSame(asPrice(agreed), asPrice(price))) return undefined;
  return { plan, maxDevices, ...(connections !== undefined && { connections }), features, limits, price };
}

/** Whether both are the same plan at the same price. */
export const isSoldAs = (one: SoldPlan, other: SoldPlan): boolean =>
  one.plan === other.plan &&
  one.price !== undefined &&
  other.price !== undefined &&
  isSame(asPrice(one.price), asPrice(other.price));

/** What is paid for a plan. Undefined in older terms. */
export const priceSold = ({ price }: Pick<SoldPlan, 'price'>): Price | undefined => price && asPrice(price);

const isSame = (one: Price, other: Price): boolean =>
  one.cents === other.cents && one.cycle === other.cycle && one.currency === other.currency;

/** @throws Error for a price that there is not: whoever asks for one is told before */
function priceOf(profile: Profile, plan: Plan, { cycle = 'monthly', currency = profile.currency }: PriceChoice): Price {
  const price = findPrice(profile, plan, { cycle, currency });
  if (!price) throw new Error(`The plan ${plan.id} of ${profile.name} has no ${cycle} price in ${currency}.`);
  return price;
}

/** What a customer chose of what is for sale. */
export interface SignupChoice extends PriceChoice {
  readonly coupon?: Coupon | undefined;
}

interface Payment {
  readonly at: Date;
  /** When the customer signed up: Stripe counts the months of a coupon from there. */
  readonly since: Date;
}

/** The discount of a payment. One that comes later than the months of the coupon has none. */
function couponAt({ coupon }: Pick<Terms, 'coupon'>, { at, since }: Payment): Coupon | undefined {
  const end = new Date(since);
  end.setUTCMonth(end.getUTCMonth() + (coupon?.months ?? 0));
  return coupon?.duration === 'repeating' && at >= end ? undefined : coupon;
}

/** What is charged at their first payment. */
export function firstCharge(terms: Pick<Terms, 'coupon'>, { cents }: Price, payment: Payment): number {
  const coupon = couponAt(terms, payment);
  return coupon ? discounted(cents, coupon) : cents;
}

interface Discounted {
  readonly terms: Pick<Terms, 'coupon'>;
  readonly createdAt: Date;
  readonly trialEndsAt: Date | null;
  readonly phase: string;
}

/** The discount that is still ahead of a customer: a trial that was extended may last longer than the coupon. */
export function couponAhead({ terms, createdAt, trialEndsAt, phase }: Discounted, now: Date): Coupon | undefined {
  if (terms.coupon?.duration === 'once' && phase === 'subscription') return undefined;
  const at = trialEndsAt !== null && trialEndsAt > now ? trialEndsAt : now;
  return couponAt(terms, { at, since: createdAt });
}

const trialOf = (
  profile: Profile,
  plan: Plan,
  { trialDays }: TermsOverrides,
): { readonly trialDays: number; readonly steps: readonly Step[] } =>
  isFree(plan)
    ? { trialDays: 0, steps: stepsWithoutTrial(profile.steps) }
    : { trialDays: trialDays ?? plan.trialDays ?? profile.trialDays, steps: profile.steps };

/** Resolves what a new customer of this plan gets. */
export function resolveTerms(
  profile: Profile,
  plan: Plan,
  overrides: TermsOverrides = {},
  choice: SignupChoice = {},
): Terms {
  const freePlan = freePlanOf(profile);
  const { trialDays, steps } = trialOf(profile, plan, overrides);
  return {
    profile: profile.name,
    target: overrides.target ?? profile.target,
    trialDays,
    reminderDaysBeforeEnd: profile.reminderDaysBeforeEnd.filter((days) => days < trialDays),
    pastDueDays: profile.pastDueDays,
    graceDays: profile.graceDays,
    retentionDays: profile.retentionDays,
    maxPauseMonths: profile.maxPauseMonths,
    maxTrialExtensions: overrides.maxTrialExtensions ?? profile.maxTrialExtensions,
    ...ofPlan(plan, priceOf(profile, plan, choice)),
    whenLeavingNow: profile.whenLeavingNow,
    coupon: choice.coupon,
    ...(freePlan && { freePlan: ofPlan(freePlan, priceOf(profile, freePlan, { currency: choice.currency })) }),
    steps,
    onboarding: profile.onboarding,
    retry: { ...profile.retry, initialMs: overrides.retryInitialMs ?? profile.retry.initialMs },
  };
}
