import { stepsWithoutTrial } from './core-steps.ts';
import { findPlan, freePlanOf, isFree, type Plan, type Profile } from './profiles/profile.ts';
import type { Step } from './steps.ts';

/** Of a plan, a month. */
export interface Price {
  readonly monthlyCents: number;
  readonly currency: string;
}

/** What a plan is to the customer who has it. */
export interface SoldPlan {
  readonly plan: string;
  readonly maxDevices: number;
  /** Absent from the terms of those who signed up before plans had it. */
  readonly connections?: number;
  /** What the customer was told they would pay. Absent from the terms of those who signed up before terms had it: `priceAgreed`. */
  readonly price?: Price;
}
/** One that costs nothing. */
export type FreePlan = Required<SoldPlan>;

/**
 * What one customer was sold, resolved from the profile at signup and carried as data: a later change of the profile
 * changes nothing for those who already signed up. Lengths in days may be fractions.
 */
export interface Terms extends SoldPlan {
  readonly profile: string;
  readonly target: string;
  readonly trialDays: number;
  readonly reminderDaysBeforeEnd: readonly number[];
  /** Read-only days after an unpaid trial, before the instance is suspended. */
  readonly graceDays: number;
  /** Days a suspended stack, and later a backup, is kept. */
  readonly retentionDays: number;
  readonly maxTrialExtensions: number;
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
  readonly trialDays?: number | undefined;
  readonly maxTrialExtensions?: number | undefined;
  readonly retryInitialMs?: number | undefined;
}

/** What of the terms is the plan's. */
export const ofPlan = (
  { currency }: Pick<Profile, 'currency'>,
  { id, maxDevices, connections, monthlyCents }: Plan,
): FreePlan => ({
  ...{ plan: id, maxDevices, connections },
  price: { monthlyCents, currency },
});

/** What was agreed with the customer, whatever the catalogue says by now; undefined when neither knows the plan. */
export function priceAgreed(
  { plan: planId, price }: Pick<Terms, 'plan' | 'price'>,
  profile: Profile,
): Price | undefined {
  if (price !== undefined) return price;
  const plan = findPlan(profile, planId);
  return plan && { monthlyCents: plan.monthlyCents, currency: profile.currency };
}

/** Resolves what a new customer of this plan gets. */
export function resolveTerms(profile: Profile, plan: Plan, overrides: TermsOverrides = {}): Terms {
  const freePlan = freePlanOf(profile);
  const trialDays = isFree(plan) ? 0 : (overrides.trialDays ?? plan.trialDays ?? profile.trialDays);
  return {
    profile: profile.name,
    target: profile.target,
    trialDays,
    reminderDaysBeforeEnd: profile.reminderDaysBeforeEnd.filter((days) => days < trialDays),
    graceDays: profile.graceDays,
    retentionDays: profile.retentionDays,
    maxTrialExtensions: overrides.maxTrialExtensions ?? profile.maxTrialExtensions,
    ...ofPlan(profile, plan),
    ...(freePlan && { freePlan: ofPlan(profile, freePlan) }),
    steps: isFree(plan) ? stepsWithoutTrial(profile.steps) : profile.steps,
    onboarding: profile.onboarding,
    retry: { ...profile.retry, initialMs: overrides.retryInitialMs ?? profile.retry.initialMs },
  };
}
