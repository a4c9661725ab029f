import { setCurrentDetails } from '@temporalio/workflow';
import { asStep, inspection, provisioning as stacks } from './activity-calls/proxies.ts';
import type { StackOperation, StackResult } from './contract/stack.ts';
import type { Terms } from './domain/terms.ts';

const SUMMARY = {
  create: 'Create the stack with Pulumi',
  update: 'Update the stack with Pulumi',
  adopt: 'Adopt the stack with Pulumi',
  destroy: 'Destroy the stack with Pulumi',
} as const;

/** Only a step of an onboarding gets a step's name: the step ledger does not record later operations. */
const activityIdOf = ({ operation, generation, epoch }: StackOperation): string =>
  epoch === undefined
    ? `${operation}:${String(generation)}`
    : `stack:${operation === 'destroy' ? 'undo' : 'run'}:${String(epoch)}`;

/** One operation on one stack, from start to a state that was checked. */
export async function provisioning(input: StackOperation & Pick<Terms, 'retry'>): Promise<StackResult | null> {
  const { retry, ...operation } = input;
  setCurrentDetails(`${SUMMARY[operation.operation]} · generation ${String(operation.generation)}`);
  const step = asStep(activityIdOf(operation), SUMMARY[operation.operation], { retry });
  // An operation that is not a step is retried here, and requested again later by the phase that needs it.
  const options =
    operation.epoch === undefined ? { ...step, retry: { ...step.retry, maximumAttempts: retry.attempts } } : step;
  if (operation.operation !== 'destroy') return stacks.applyStack.executeWithOptions(options, [operation]);
  await stacks.destroyStack.executeWithOptions(options, [operation]);
  await inspection.verifyStackGone({ customerId: operation.customerId });
  return null;
}
