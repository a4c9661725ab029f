import type { Step } from './steps.ts';
import type { Terms } from './terms.ts';

/** Steps that the workflow itself knows how to carry out and to take back. */
export type CoreStepName =
  'welcomeMail' | 'stripeCustomer' | 'trialSubscription' | 'stack' | 'instanceHealth' | 'readyMail';

const ROWS: Readonly<Record<CoreStepName, Omit<Step, 'name'>>> = {
  welcomeMail: {
    title: 'Send the welcome mail',
    part: 'account',
    needs: [],
    takes: ['email'],
    whenItFails: 'continue',
    mail: 'welcome',
  },
  stripeCustomer: {
    title: 'Open your billing account',
    part: 'billing',
    needs: [],
    takes: ['companyName', 'email'],
    whenItFails: 'policy',
  },
  trialSubscription: {
    title: 'Start your trial',
    part: 'billing',
    needs: ['stripeCustomer'],
    takes: ['plan'],
    whenItFails: 'policy',
  },
  stack: {
    title: 'Build your own instance',
    part: 'instance',
    needs: [],
    takes: ['companyName', 'slug', 'plan', 'region'],
    whenItFails: 'policy',
  },
  instanceHealth: {
    title: 'Check that your instance responds',
    part: 'instance',
    needs: ['stack'],
    takes: [],
    whenItFails: 'policy',
  },
  readyMail: {
    title: 'Email you that everything is ready',
    part: 'instance',
    needs: ['instanceHealth', 'trialSubscription'],
    takes: [],
    whenItFails: 'continue',
    mail: 'ready',
  },
};

/**
 * In the order of the story; those that do not depend on each other run at the same time. Nothing may be added or
 * removed here: customers from before terms had steps have exactly these. A product adds to them in its own list.
 */
export const CORE_STEPS: readonly Step[] = Object.entries(ROWS).map(([name, step]) => ({ name, ...step }));

export const CORE_STEP_NAMES = Object.keys(ROWS) as readonly CoreStepName[];

/** A customer whom staff onboards without an instance does not have its steps, including the mail that it is ready. */
export const stepsWithoutInstance = (steps: readonly Step[]): readonly Step[] =>
  steps.filter(({ part }) => part !== 'instance');

export type WithSteps = Pick<Terms, 'steps' | 'withoutInstance'>;

/** The steps of the customer with these terms. */
export function stepsOf({ steps, withoutInstance }: WithSteps): readonly Step[] {
  if (steps) return steps;
  return withoutInstance === true ? stepsWithoutInstance(CORE_STEPS) : CORE_STEPS;
}

const TRIAL = 'trialSubscription' satisfies CoreStepName;

/** Whether they have a trial, with a subscription in Stripe from the first day. */
export const sellsTrial = (terms: WithSteps): boolean => stepsOf(terms).some(({ name }) => name === TRIAL);

/** A free plan has no trial, so no step waits for its start. */
export const stepsWithoutTrial = (steps: readonly Step[]): readonly Step[] =>
  steps
    .filter(({ name }) => name !== TRIAL)
    .map((step) => ({ ...step, needs: step.needs.filter((needed) => needed !== TRIAL) }));

/** Whether a stack is made, updated and destroyed for them. */
export const hasInstance = (terms: WithSteps): boolean => stepsOf(terms).some(({ part }) => part === 'instance');

/**
 * The customer does not lose the days that our failure took: if a replay touches the trial subscription, the trial
 * begins again with it.
 */
export const trialBeginsAnew = (willRun: readonly string[]): boolean => willRun.includes(TRIAL);
