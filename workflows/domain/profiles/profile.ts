import type { Step } from '../steps.ts';
import type { Terms } from '../terms.ts';
import type { Brand } from './brand.ts';

/**
 * A plan of a product's catalogue. Prices are monthly, in cents of the profile's currency; at most one plan costs
 * nothing.
 */
export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly monthlyCents: number;
  readonly maxDevices: number;
  /** Of the instance to its database, at the same time. */
  readonly connections: number;
  /** Where it differs from the product's. */
  readonly trialDays?: number;
}

/** One product's catalogue and policy as data. */
export interface Profile {
  readonly name: string;
  readonly brand: Brand;
  readonly currency: string;
  readonly plans: readonly [Plan, ...Plan[]];
  readonly target: string;
  /** Where a stack can stand; a signup that names none gets the first. */
  readonly regions: readonly [string, ...string[]];
  readonly trialDays: number;
  readonly reminderDaysBeforeEnd: readonly number[];
  readonly graceDays: number;
  readonly retentionDays: number;
  readonly maxTrialExtensions: number;
  readonly signupsPerHour: number;
  /** Of who began to sign up and did not finish. */
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

/** What customers read of a plan; one that is not sold any more goes by its id. */
export const planName = (profile: Profile, planId: string): string => findPlan(profile, planId)?.name ?? planId;

/** A plan that costs nothing: its customers have no trial and no subscription, and live on. */
export const isFree = ({ monthlyCents }: Pick<Plan, 'monthlyCents'>): boolean => monthlyCents === 0;

/** What customers have who pay nothing. Absent: whoever does not pay leaves. */
export const freePlanOf = ({ plans }: Pick<Profile, 'plans'>): Plan | undefined => plans.find(isFree);

/** Whether its customers get an instance. */
export const makesInstance = ({ steps }: Pick<Profile, 'steps'>): boolean =>
  steps.some(({ part }) => part === 'instance');

/** Stripe's lookup key of a plan's monthly price: stable where price ids are not. */
export const priceLookupKey = (profile: string, planId: string): string => `${profile}_${planId}_monthly`;

/** Whether a price with this lookup key is one of the plan's, at the price of today or of another day. */
export const isPriceOfPlan = (profile: string, planId: string, lookupKey: string): boolean =>
  lookupKey === priceLookupKey(profile, planId) || lookupKey.startsWith(`${priceLookupKey(profile, planId)}_`);
