import { CUSTOMER_STATUS, customerWorkflowId, type CustomerStatus } from '../../workflows/contract/customer.ts';
import type { AppDeps } from '../http/deps.ts';

const DEADLINE_MS = 1_000;

/** What the workflow says it is doing; null when no worker answers in time. Postgres has the rest. */
export async function askStatus(
  { temporal }: Pick<AppDeps, 'temporal'>,
  customerId: string,
): Promise<CustomerStatus | null> {
  const handle = temporal.workflow.getHandle(customerWorkflowId(customerId));
  try {
    return await temporal.withDeadline(Date.now() + DEADLINE_MS, () => handle.query<CustomerStatus>(CUSTOMER_STATUS));
  } catch {
    return null;
  }
}

/** Where an operator finds the runs of a customer in the Temporal Web UI; null when we are not told where that is. */
export function workflowUrl({ config }: Pick<AppDeps, 'config'>, customerId: string): string | null {
  const { uiUrl, namespace } = config.temporal;
  if (uiUrl === undefined) return null;
  const query = encodeURIComponent(`WorkflowId="${customerWorkflowId(customerId)}"`);
  return `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${query}`;
}
