import { asStep, billing, email, inspection } from '../activity-calls/proxies.ts';
import type { Desk } from '../phase/desk.ts';
import type { OnboardingStepName } from '../domain/onboarding-plan.ts';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { operateStack } from '../phase/stack-operation.ts';
import { Saga, type StepTable } from './saga.ts';
import { keepTrialWhole, startTrialWhenReady } from './whole-trial.ts';

/** The customer's saga: what its steps are at stands in the customer's state. */
export function openSaga(desk: Desk): Saga {
  return new Saga(onboardingSteps(desk), {
    read: () => desk.state.onboarding.steps,
    write: (step, state) => {
      const { onboarding } = desk.state;
      desk.update({ onboarding: { ...onboarding, steps: { ...onboarding.steps, [step]: state } } });
    },
  });
}

/**
 * What each step of an onboarding does and how it is taken back. The names, their order and what they need stand in
 * domain/onboarding-plan.ts. A step's keys name customer, step and epoch, never a run or an attempt (reliability rule 2).
 */
function onboardingSteps(desk: Desk): StepTable {
  const { customerId, terms } = desk.state;
  const step = (name: OnboardingStepName, direction: 'run' | 'undo', epoch: number, summary: string) => ({
    options: asStep(`${name}:${direction}:${String(epoch)}`, summary, terms),
    input: {
      customerId,
      key: direction === 'run' ? `${customerId}:${name}:${String(epoch)}:v1` : freshKey(customerId, `${name}:undo`),
    },
  });
  return {
    welcomeMail: {
      whenItFails: 'continue',
      run: async (epoch) => {
        const { options, input } = step('welcomeMail', 'run', epoch, 'Welcome the customer by mail');
        await email.sendWelcomeMail.executeWithOptions(options, [input]);
      },
    },
    stripeCustomer: {
      whenItFails: 'policy',
      run: async (epoch) => {
        const { options, input } = step('stripeCustomer', 'run', epoch, 'Create the customer in Stripe');
        await billing.ensureStripeCustomer.executeWithOptions(options, [
          { ...input, now: new Date(desk.clock.now()).toISOString() },
        ]);
      },
      undo: async (epoch) => {
        const { options, input } = step('stripeCustomer', 'undo', epoch, 'Delete the customer in Stripe');
        await billing.deleteStripeCustomer.executeWithOptions(options, [input]);
      },
    },
    trialSubscription: {
      whenItFails: 'policy',
      run: async (epoch) => {
        const { options, input } = step('trialSubscription', 'run', epoch, 'Start the trial subscription in Stripe');
        await keepTrialWhole(desk);
        await billing.ensureTrialSubscription.executeWithOptions(options, [
          { ...input, plan: desk.state.terms.plan, trialEndsAt: desk.state.trialEndsAt },
        ]);
      },
      undo: async (epoch) => {
        const { options, input } = step('trialSubscription', 'undo', epoch, 'Cancel the subscription in Stripe');
        await billing.cancelSubscription.executeWithOptions(options, [input]);
      },
    },
    stack: {
      whenItFails: 'policy',
      run: (epoch) => operateStack(desk, 'create', epoch),
      undo: (epoch) => operateStack(desk, 'destroy', epoch),
    },
    instanceHealth: {
      whenItFails: 'policy',
      run: async (epoch) => {
        const { options } = step('instanceHealth', 'run', epoch, 'Ask the instance whether it is well');
        await inspection.checkInstance.executeWithOptions(options, [{ customerId }]);
      },
    },
    readyMail: {
      whenItFails: 'continue',
      run: async (epoch) => {
        const { options, input } = step('readyMail', 'run', epoch, 'Tell the customer that the instance is ready');
        await startTrialWhenReady(desk, `${customerId}:trialWhenReady:${String(epoch)}:v1`);
        await email.sendReadyMail.executeWithOptions(options, [input]);
      },
    },
  };
}
