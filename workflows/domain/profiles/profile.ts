import type { Step } from '../steps.ts';
import type { Terms } from '../terms.ts';
import type { Brand } from './brand.ts';
import type { Coupon } from './coupons.ts';
import { isFree, type Prices } from './prices.ts';

/** A plan of a product's catalogue, with its prices in the product's currency. At most one plan costs nothing. */
export interface Plan extends Prices {
  readonly id: string;
  readonly name: string;
  readonly maxDevices: number;
  /** Of the instance to its database, at the same time. */
  readonly connections: number;
  /** Where it differs from the product's. */
  readonly trialDays?: number;
  /** By currency, where the product is sold in others than its own. Each plan that costs something has the same. */
  readonly otherCurrencies?: Readonly<Record<string, Prices>>;
  /** What is in it, by ids of the product's own. */
  readonly features?: readonly string[];
  /** Of compliance, as `hipaa`: noted with each customer who signs up for the plan, for support to see. */
  readonly framework?: string;
  /** Its id as a product in Stripe, where it is not made of the names of product and plan. */
  readonly stripeProduct?: string;
  /** How much of something is in it, by names of the product's own. There is no limit to what is not named. */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface SignupRules {
  /** Refuses addresses of services that give out mailboxes for minutes. */
  readonly refuseDisposableAddresses?: boolean;
  /** Domains that count as such besides those of the list, in lower case. */
  readonly moreDisposableDomains?: readonly string[];
  /** The shortest name of a company, in characters: 1 if absent. */
  readonly minCompanyName?: number;
}

/** One product's catalogue and policy as data. */
export interface Profile {
  readonly name: string;
  readonly brand: Brand;
  readonly currency: string;
  readonly plans: readonly [Plan, ...Plan[]];
  /** Discounts for those who name one when they sign up. */
  readonly coupons?: readonly Coupon[];
  readonly target: string;
  /** Where a stack can stand; a signup that names none gets the first. */
  readonly regions: readonly [string, ...string[]];
  readonly trialDays: number;
  readonly reminderDaysBeforeEnd: readonly number[];
  /** Days a payment may be overdue, while Stripe retries it, before the instance is read-only. */
  readonly pastDueDays: number;
  /** Read-only days, after an unpaid trial or an overdue payment, before the instance is suspended. */
  readonly graceDays: number;
  readonly retentionDays: number;
  readonly maxTrialExtensions: number;
  /** What becomes of what a customer who leaves at once has paid for the days to come: kept if absent. */
  readonly whenLeavingNow?: Terms['whenLeavingNow'];
  /** For how many months a customer who pays by the month may pause their plan; 0: they may not. */
  readonly maxPauseMonths: number;
  readonly signupsPerHour: number;
  /** Somebody becomes a customer by completing a Checkout, to which the page of the signup leads. */
  readonly paysFirst?: boolean;
  /** `external`: customers have their identities elsewhere, and are known by the tokens of an issuer. */
  readonly identity?: 'external';
  /** What a signup has to satisfy besides the rules for all products. */
  readonly signupRules?: SignupRules;
  /** For prospects who began to sign up and did not finish. */
  readonly prospects: { readonly remindAfterHours: number; readonly abandonAfterHours: number };
  /** Of an onboarding, in the order of the story. */
  readonly steps: readonly Step[];
  readonly onboarding: Terms['onboarding'];
  readonly retry: Terms['retry'];
}

/** The plan a signup gets when it names none: the first of the catalogue. */
export function findPlan(profile: Profile, planId?: string): Plan | undefined {
  return planId === undefined ? profile.plans[0] : profile.plans.find((plan) => plan.id === planId);
}

/** The name customers read; a plan that is no longer sold is shown by its id. */
export const planName = (profile: Profile, planId: string): string => findPlan(profile, planId)?.name ?? planId;

/** The id in Stripe of the product whose prices are those of the plan: stable, so that it is made once. */
export const stripeProductOf = (profile: Profile, planId: string): string =>
  findPlan(profile, planId)?.stripeProduct ?? `prod_${profile.name}_${planId}`;

/** The plan of customers who do not pay. Absent: a customer who does not pay leaves. */
export const freePlanOf = ({ plans }: Pick<Profile, 'plans'>): Plan | undefined => plans.find(isFree);

/** Whether its customers get an instance. */
export const makesInstance = ({ steps }: Pick<Profile, 'steps'>): boolean =>
  steps.some(({ part }) => part === 'instance');
