/**
 * The steps of an onboarding: what each needs done before it, and which of the customer's particulars it takes (a
 * correction of one runs the step again). The order of the table is the order of the story; steps that do not depend
 * on each other run at the same time.
 */
export const ONBOARDING_PLAN = {
  welcomeMail: { needs: [], takes: ['email'] },
  stripeCustomer: { needs: [], takes: ['companyName', 'email'] },
  trialSubscription: { needs: ['stripeCustomer'], takes: ['plan'] },
  stack: { needs: [], takes: ['companyName', 'slug', 'plan', 'region'] },
  instanceHealth: { needs: ['stack'], takes: [] },
  readyMail: { needs: ['instanceHealth', 'trialSubscription'], takes: [] },
} as const satisfies Record<string, { needs: readonly string[]; takes: readonly Correctable[] }>;

export type OnboardingStepName = keyof typeof ONBOARDING_PLAN;
export const ONBOARDING_STEPS = Object.keys(ONBOARDING_PLAN) as readonly OnboardingStepName[];

/** What a customer without an instance does without; the mail that says it is ready is one of them. */
export const INSTANCE_STEPS = ['stack', 'instanceHealth', 'readyMail'] as const satisfies OnboardingStepName[];
export const isOfInstance = (step: OnboardingStepName): boolean => INSTANCE_STEPS.some((own) => own === step);

/** Where a step stands. An epoch counts its tries by replay; automatic retries stay within one. */
export interface StepState {
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'undone' | 'undo_failed' | 'skipped';
  readonly epoch: number;
  readonly errorType?: string;
}

/** What support may correct with a replay. */
export const CORRECTABLE = ['companyName', 'email', 'slug', 'plan', 'region'] as const;
export type Correctable = (typeof CORRECTABLE)[number];

const needsOf = (step: OnboardingStepName): readonly OnboardingStepName[] => ONBOARDING_PLAN[step].needs;

/** The step and everything that depends on it, in order. */
export function withDependents(steps: ReadonlySet<OnboardingStepName>): OnboardingStepName[] {
  const found = new Set(steps);
  for (const step of ONBOARDING_STEPS) if (needsOf(step).some((needed) => found.has(needed))) found.add(step);
  return ONBOARDING_STEPS.filter((step) => found.has(step));
}

/** Steps that take one of these particulars. */
export function stepsTaking(fields: readonly Correctable[]): OnboardingStepName[] {
  return ONBOARDING_STEPS.filter((step) =>
    (ONBOARDING_PLAN[step].takes as readonly Correctable[]).some((field) => fields.includes(field)),
  );
}

/** Steps that went wrong and are not mended. After the onboarding these can only be mails: nothing else lets it end. */
export function failedSteps(steps: Readonly<Record<OnboardingStepName, StepState>>): OnboardingStepName[] {
  return ONBOARDING_STEPS.filter((step) => steps[step].state === 'failed' || steps[step].state === 'undo_failed');
}

/** What a customer is told went wrong: payment and provisioning are never taken for one another. */
export type FailedPart = 'billing' | 'instance';
const BILLING_STEPS: readonly OnboardingStepName[] = ['stripeCustomer', 'trialSubscription'];
export const failedPart = (failed: readonly OnboardingStepName[]): FailedPart =>
  failed.some((step) => isOfInstance(step)) || !failed.some((step) => BILLING_STEPS.includes(step))
    ? 'instance'
    : 'billing';

/** Days that our failure took are not the customer's loss: a trial whose subscription a replay touches begins with it. */
export const trialBeginsAnew = (willRun: readonly OnboardingStepName[]): boolean =>
  willRun.includes('trialSubscription');

/** Mails that are a step, by the name of their template. A replay sends them under another key. */
export const STEP_OF_MAIL: Readonly<Record<string, OnboardingStepName>> = {
  welcome: 'welcomeMail',
  ready: 'readyMail',
};

/** Steps that may start now. */
export function readySteps(
  done: ReadonlySet<OnboardingStepName>,
  wanted: ReadonlySet<OnboardingStepName>,
): OnboardingStepName[] {
  return ONBOARDING_STEPS.filter((step) => wanted.has(step) && needsOf(step).every((needed) => done.has(needed)));
}
