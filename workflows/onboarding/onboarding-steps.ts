import { asStep, billing, email, inspection, ownStep } from '../activity-calls/proxies.ts';
import type { CustomerRun } from '../phase/customer-run.ts';
import { stepsOf, type CoreStepName } from '../domain/core-steps.ts';
import type { Step } from '../domain/steps.ts';
import { iso } from '../domain/time.ts';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { operateStack } from '../phase/stack-operation.ts';
import { Saga, type SagaStep } from './saga.ts';
import { endFromNow, keepTrialWhole, startTrialWhenReady } from './whole-trial.ts';

/** The customer's saga; the states of its steps are kept in the customer's state. */
export function openSaga(customer: CustomerRun): Saga {
  const core: Readonly<Partial<Record<string, Procedure>>> = coreSteps(customer);
  const steps = stepsOf(customer.state.terms).map((step): SagaStep => ({
    ...step,
    ...(core[step.name] ?? ownProcedure(customer, step)),
  }));
  return new Saga(steps, {
    read: () => customer.state.onboarding.steps,
    write: (step, state) => {
      const { onboarding } = customer.state;
      customer.update({ onboarding: { ...onboarding, steps: { ...onboarding.steps, [step]: state } } });
    },
  });
}

type Procedure = Pick<SagaStep, 'carryOut' | 'takeBack'>;

/** A step's keys name customer, step and epoch, never a run or an attempt. */
const keyOf = (customerId: string, name: string, direction: 'run' | 'undo', epoch: number): string =>
  direction === 'run' ? `${customerId}:${name}:${String(epoch)}:v1` : freshKey(customerId, `${name}:undo`);

/** A product's own step; its row names the activities. */
function ownProcedure(customer: CustomerRun, { name, title, run, undo, queue = 'lifecycle' }: Step): Procedure {
  const call = (direction: 'run' | 'undo', activity: string) => async (epoch: number) => {
    const { customerId, terms } = customer.state;
    const options = asStep(
      `${name}:${direction}:${String(epoch)}`,
      direction === 'run' ? title : `Undo: ${title}`,
      terms,
    );
    const now = iso(customer.clock.now());
    await ownStep(queue, activity, options)({ customerId, key: keyOf(customerId, name, direction, epoch), now });
  };
  return { carryOut: call('run', run ?? name), ...(undo !== undefined && { takeBack: call('undo', undo) }) };
}

/** What each of the core's steps does and how it is undone; their rows are in domain/core-steps.ts. */
function coreSteps(customer: CustomerRun): Readonly<Record<CoreStepName, Procedure>> {
  const { customerId, terms } = customer.state;
  const step = (name: CoreStepName, direction: 'run' | 'undo', epoch: number, summary: string) => ({
    options: asStep(`${name}:${direction}:${String(epoch)}`, summary, terms),
    input: { customerId, key: keyOf(customerId, name, direction, epoch) },
  });
  return {
    welcomeMail: {
      carryOut: async (epoch) => {
        const { options, input } = step('welcomeMail', 'run', epoch, 'Welcome the customer by mail');
        await email.sendWelcomeMail.executeWithOptions(options, [input]);
      },
    },
    stripeCustomer: {
      carryOut: async (epoch) => {
        const { options, input } = step('stripeCustomer', 'run', epoch, 'Create the customer in Stripe');
        await billing.ensureStripeCustomer.executeWithOptions(options, [{ ...input, now: iso(customer.clock.now()) }]);
      },
      takeBack: async (epoch) => {
        const { options, input } = step('stripeCustomer', 'undo', epoch, 'Delete the customer in Stripe');
        await billing.deleteStripeCustomer.executeWithOptions(options, [input]);
      },
    },
    trialSubscription: {
      carryOut: async (epoch) => {
        const { options, input } = step('trialSubscription', 'run', epoch, 'Start the trial subscription in Stripe');
        await keepTrialWhole(customer);
        await billing.ensureTrialSubscription.executeWithOptions(options, [
          {
            ...input,
            plan: customer.state.terms.plan,
            trialEndsAt: customer.state.trialEndsAt ?? endFromNow(customer),
          },
        ]);
      },
      takeBack: async (epoch) => {
        const { options, input } = step('trialSubscription', 'undo', epoch, 'Cancel the subscription in Stripe');
        await billing.cancelSubscription.executeWithOptions(options, [input]);
      },
    },
    stack: {
      carryOut: (epoch) => operateStack(customer, 'create', epoch),
      takeBack: (epoch) => operateStack(customer, 'destroy', epoch),
    },
    instanceHealth: {
      carryOut: async (epoch) => {
        const { options } = step('instanceHealth', 'run', epoch, 'Ask the instance whether it is well');
        await inspection.checkInstance.executeWithOptions(options, [{ customerId }]);
      },
    },
    readyMail: {
      carryOut: async (epoch) => {
        const { options, input } = step('readyMail', 'run', epoch, 'Tell the customer that the instance is ready');
        await startTrialWhenReady(customer, `${customerId}:trialWhenReady:${String(epoch)}:v1`);
        await email.sendReadyMail.executeWithOptions(options, [input]);
      },
    },
  };
}
