import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPE, customerWorkflowId } from '../../workflows/contract/customer.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { newCustomerState, type CustomerState } from '../../workflows/domain/customer-state.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import type { Database } from '../db/database.ts';
import { markStarted } from '../db/repositories/signups.ts';

export interface OnboardingStart {
  readonly customerId: string;
  readonly terms: Terms;
  /** Null for who has no trial. */
  readonly trialEndsAt: Date | null;
  readonly createdAt: Date;
}

/** A signup answers without Temporal: what could not be started by then is left to the sweeper. */
const START_DEADLINE_MS = 1_500;

const TRIAL_ENDS_AT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.trialEndsAt, 'DATETIME');

const searchAttributes = ({
  terms,
  trialEndsAt,
}: Pick<CustomerState, 'terms' | 'trialEndsAt'>): TypedSearchAttributes =>
  new TypedSearchAttributes([
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.plan, 'KEYWORD'), value: terms.plan },
    { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.profile, 'KEYWORD'), value: terms.profile },
    ...(trialEndsAt === null ? [] : [{ key: TRIAL_ENDS_AT, value: new Date(trialEndsAt) }]),
  ]);

/** How every run of a customer's life is started, whatever its phase. */
export const customerStart = (state: CustomerState) => ({
  workflowId: customerWorkflowId(state.customerId),
  taskQueue: TASK_QUEUE.lifecycle,
  // How soon another worker takes over from one that died.
  workflowTaskTimeout: '2s' as const,
  args: [state] as [CustomerState],
  typedSearchAttributes: searchAttributes(state),
  staticSummary: `Customer of plan ${state.terms.plan}`,
  staticDetails: `Profile ${state.terms.profile}, target ${state.terms.target}, ${String(state.terms.trialDays)} days of trial.`,
});

async function start(temporal: Client, { trialEndsAt, createdAt, ...signup }: OnboardingStart): Promise<void> {
  const dates = { trialEndsAt: trialEndsAt?.toISOString() ?? null, signedUpAt: createdAt.toISOString() };
  const state = newCustomerState({ ...signup, ...dates });
  try {
    await temporal.workflow.start(WORKFLOW_TYPE.onboarding, {
      ...customerStart(state),
      // A customer who has ended never comes back to life under the same id.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/**
 * Starts a customer's life and records that it was started. Idempotent: already started is fine.
 * @throws when Temporal does not answer in time; ask again.
 */
export async function startOnboarding(
  { database, temporal }: { readonly database: Database; readonly temporal: Client },
  signup: OnboardingStart,
): Promise<void> {
  await temporal.withDeadline(Date.now() + START_DEADLINE_MS, () => start(temporal, signup));
  await markStarted(database, signup.customerId);
}
