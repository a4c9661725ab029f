import type { Terms } from './terms.ts';

/** Which part of their account a step makes, and what a customer is told went wrong. */
type StepPart = 'account' | 'billing' | 'instance';

export type OnboardingStepName =
  'welcomeMail' | 'stripeCustomer' | 'trialSubscription' | 'stack' | 'instanceHealth' | 'readyMail';

interface OnboardingStep {
  /** As the customer knows it. */
  readonly title: string;
  readonly part: StepPart;
  /** Done before it. */
  readonly needs: readonly OnboardingStepName[];
  /** The customer's particulars that it takes: a correction of one runs the step again. */
  readonly takes: readonly Correctable[];
  /** Of a step that is a mail: the name of its template. A replay sends it under another key. */
  readonly mail?: string;
}

/**
 * The steps of an onboarding, in the order of the story; those that do not depend on each other run at the same time.
 */
export const ONBOARDING_PLAN: Readonly<Record<OnboardingStepName, OnboardingStep>> = {
  welcomeMail: { title: 'Send the welcome mail', part: 'account', needs: [], takes: ['email'], mail: 'welcome' },
  stripeCustomer: { title: 'Open your billing account', part: 'billing', needs: [], takes: ['companyName', 'email'] },
  trialSubscription: { title: 'Start your trial', part: 'billing', needs: ['stripeCustomer'], takes: ['plan'] },
  stack: {
    title: 'Build your own instance',
    part: 'instance',
    needs: [],
    takes: ['companyName', 'slug', 'plan', 'region'],
  },
  instanceHealth: { title: 'Check that your instance responds', part: 'instance', needs: ['stack'], takes: [] },
  readyMail: {
    title: 'Email you that everything is ready',
    part: 'instance',
    needs: ['instanceHealth', 'trialSubscription'],
    takes: [],
    mail: 'ready',
  },
};

export const ONBOARDING_STEPS = Object.keys(ONBOARDING_PLAN) as readonly OnboardingStepName[];

/** A customer without an instance does without its steps; the mail that says it is ready is one of them. */
export const hasStep = ({ withoutInstance }: Pick<Terms, 'withoutInstance'>, step: OnboardingStepName): boolean =>
  withoutInstance !== true || ONBOARDING_PLAN[step].part !== 'instance';

/** Where a step stands. An epoch counts its tries by replay; automatic retries stay within one. */
export interface StepState {
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'undone' | 'undo_failed' | 'skipped';
  readonly epoch: number;
  readonly errorType?: string;
}

/** What support may correct with a replay. */
export const CORRECTABLE = ['companyName', 'email', 'slug', 'plan', 'region'] as const;
export type Correctable = (typeof CORRECTABLE)[number];

/** The step and everything that depends on it, in order. */
export function withDependents(steps: ReadonlySet<OnboardingStepName>): OnboardingStepName[] {
  const found = new Set(steps);
  for (const step of ONBOARDING_STEPS)
    if (ONBOARDING_PLAN[step].needs.some((needed) => found.has(needed))) found.add(step);
  return ONBOARDING_STEPS.filter((step) => found.has(step));
}

/** Steps that take one of these particulars. */
export function stepsTaking(fields: readonly Correctable[]): OnboardingStepName[] {
  return ONBOARDING_STEPS.filter((step) => ONBOARDING_PLAN[step].takes.some((field) => fields.includes(field)));
}

/** Steps that went wrong and are not mended. After the onboarding these can only be mails: nothing else lets it end. */
export function failedSteps(steps: Readonly<Record<OnboardingStepName, StepState>>): OnboardingStepName[] {
  return ONBOARDING_STEPS.filter((step) => steps[step].state === 'failed' || steps[step].state === 'undo_failed');
}

/** Whether one of these steps makes that part. */
export const concerns = (part: StepPart, steps: readonly OnboardingStepName[]): boolean =>
  steps.some((step) => ONBOARDING_PLAN[step].part === part);

/** What a customer is told went wrong: payment and provisioning are never taken for one another. */
export type FailedPart = 'billing' | 'instance';
export const failedPart = (failed: readonly OnboardingStepName[]): FailedPart =>
  concerns('billing', failed) && !concerns('instance', failed) ? 'billing' : 'instance';

/** Days that our failure took are not the customer's loss: a trial whose subscription a replay touches begins with it. */
export const trialBeginsAnew = (willRun: readonly OnboardingStepName[]): boolean =>
  willRun.includes('trialSubscription');

/** The step that a mail of this template is; undefined when it is none. */
export const stepOfMail = (template: string): OnboardingStepName | undefined =>
  ONBOARDING_STEPS.find((step) => ONBOARDING_PLAN[step].mail === template);

/** Steps that may start now. */
export function readySteps(
  done: ReadonlySet<OnboardingStepName>,
  wanted: ReadonlySet<OnboardingStepName>,
): OnboardingStepName[] {
  return ONBOARDING_STEPS.filter(
    (step) => wanted.has(step) && ONBOARDING_PLAN[step].needs.every((needed) => done.has(needed)),
  );
}
