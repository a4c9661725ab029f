import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES, WORKFLOW_TYPE, customerWorkflowId } from '../../workflows/contract/customer.ts';
import { erasureWorkflowId } from '../../workflows/contract/erasure.ts';
import type { RunRecord } from '../../workflows/domain/differences.ts';
import { TASK_FAILS_FROM_ATTEMPT, describeIfKnown } from './describe.ts';
import { whyTaskFails } from './failing-task.ts';
import { pageOfOpenRuns } from './open-runs.ts';

const PREFIX = customerWorkflowId('');
const TRIAL_ENDS_AT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.trialEndsAt, 'DATETIME');
const AT_ONCE = 50;

const PHASE_OF_TYPE: ReadonlyMap<string, NonNullable<RunRecord['phase']>> = new Map(
  Object.entries(WORKFLOW_TYPE).map(([phase, type]) => [type, phase as NonNullable<RunRecord['phase']>]),
);

const STATUS: Readonly<Partial<Record<WorkflowExecutionDescription['status']['name'], RunRecord['status']>>> = {
  RUNNING: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'ended',
};

type Seen = Pick<WorkflowExecutionDescription, 'type' | 'status' | 'typedSearchAttributes'>;

const recordOf = ({ type, status, typedSearchAttributes }: Seen): RunRecord => ({
  status: STATUS[status.name] ?? 'stopped',
  phase: PHASE_OF_TYPE.get(type) ?? null,
  trialEndsAt: typedSearchAttributes.get(TRIAL_ENDS_AT)?.toISOString() ?? null,
});

/** The newest run of a customer, with whether its workflow task keeps failing. One or two calls. */
export async function describeRun(temporal: Client, customerId: string): Promise<RunRecord> {
  const description = await describeIfKnown(temporal, customerWorkflowId(customerId));
  const record: RunRecord = description ? recordOf(description) : { status: 'none', phase: null, trialEndsAt: null };
  if (description === undefined || record.status !== 'running') {
    const erasure = await describeIfKnown(temporal, erasureWorkflowId(customerId));
    return { ...record, isErased: erasure?.status.name === 'RUNNING' };
  }
  const attempt = description.raw.pendingWorkflowTask?.attempt ?? 0;
  const { workflowId, runId } = description;
  const failing = attempt >= TASK_FAILS_FROM_ATTEMPT ? await whyTaskFails(temporal, { workflowId, runId }) : null;
  return { ...record, failing };
}

/**
 * The newest run of each customer. Those that are listed as open cost one call for fifty; a list lags, so each of the
 * others is asked for by itself. Whether their tasks fail is not looked at.
 */
export async function readRuns(
  temporal: Client,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, RunRecord>> {
  const runs = new Map<string, RunRecord>();
  for (let from = 0; from < customerIds.length; from += AT_ONCE) {
    const ids = customerIds.slice(from, from + AT_ONCE).map((id) => `"${customerWorkflowId(id)}"`);
    const query = `WorkflowId IN (${ids.join(', ')}) AND ExecutionStatus = "Running"`;
    for await (const run of temporal.workflow.list({ query }))
      runs.set(run.workflowId.slice(PREFIX.length), recordOf(run));
  }
  for (const id of customerIds) if (!runs.has(id)) runs.set(id, await describeRun(temporal, id));
  return runs;
}

/** Customers' ids of one page of open runs, and where the next page begins; null after the last one. */
export async function pageOfCustomers(
  temporal: Client,
  position: string | null,
  pageSize: number,
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  const condition = `WorkflowId STARTS_WITH "${PREFIX}"`;
  const { ids, next } = await pageOfOpenRuns(temporal, condition, { position, pageSize });
  return { ids: ids.map((workflowId) => workflowId.slice(PREFIX.length)), next };
}
