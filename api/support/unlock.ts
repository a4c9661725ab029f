import { randomUUID } from 'node:crypto';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { hasInstance } from '../../workflows/domain/core-steps.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { emptyBuckets } from '../../infra/db/repositories/rate-limits.ts';
import { STACK_LOCK, type LockHolder } from '../../workflows/contract/stack.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { lockoutBuckets } from '../accounts/login-limits.ts';
import { livingCustomer, type CommandRequest } from './customer-commands.ts';
import { recordRequest } from './record-request.ts';
import type { AppDeps } from '../http/deps.ts';
import { customerBuckets } from '../accounts/customer-limits.ts';

export interface Unlocked {
  /** Whether a limit had kept the customer out. */
  readonly wasLocked: boolean;
  /** Null when there is no stack, or no worker answered in time. */
  readonly stackLock: LockHolder | null;
  readonly message: string;
}

const LOOK_MS = 5_000;

const STACK_LOCKS: Readonly<Record<LockHolder | 'unseen', string>> = {
  nobody: 'The stack is not locked.',
  dead: "The stack's lock was left behind by a process that no longer exists; the next operation takes it over.",
  alive: 'A live process is working on the stack; the lock will be released when it has finished.',
  elsewhere:
    "The stack's lock names another host, whose processes cannot be seen from here; docs/runbooks/failed-onboarding.md says when it may be removed.",
  unseen: "It is not known what holds the stack's lock: no provisioning worker answered in time.",
};

/** Only the provisioning worker sees locks of stacks; a workflow asks it, and times out when there is no worker. */
async function lookAtLock({ temporal }: AppDeps, customerId: string): Promise<LockHolder | null> {
  const options = {
    workflowId: `stack-lock/${customerId}/${randomUUID()}`,
    taskQueue: TASK_QUEUE.lifecycle,
    workflowExecutionTimeout: LOOK_MS,
    args: [{ customerId }] as [{ customerId: string }],
    staticSummary: 'Who holds the lock of the stack',
  };
  try {
    return await temporal.withDeadline(Date.now() + LOOK_MS, () =>
      temporal.workflow.execute<(asked: { customerId: string }) => Promise<LockHolder>>(STACK_LOCK, options),
    );
  } catch {
    return null;
  }
}

const outcomeOf = (wasLocked: boolean, lock: string): string =>
  `${wasLocked ? 'The customer was blocked by a rate limit, which is now cleared.' : 'No rate limit was blocking the customer.'} ${lock}`;

/** There is nothing to look at where there is no stack. */
async function stackLockOf(
  deps: AppDeps,
  { customerId, terms }: Customer,
): Promise<readonly [LockHolder | null, string]> {
  if (!hasInstance(terms)) return [null, 'This customer has no stack.'];
  const holder = await lookAtLock(deps, customerId);
  return [holder, STACK_LOCKS[holder ?? 'unseen']];
}

/**
 * Clears the limits that keep a customer from signing in or making requests: too many guesses at their password, too
 * many links, retries and upgrades. Limits of an origin (a network) stay: they are not the customer's. It also says who
 * holds the stack's lock; a lock whose holder is proven dead does not have to be broken. @throws ApiError 404, or 409
 * for a customer who has left
 */
export async function unlockCustomer(deps: AppDeps, command: CommandRequest, reason: string): Promise<Unlocked> {
  const { customerId, commandId } = command;
  const customer = await livingCustomer(deps, customerId);
  const { emailNorm } = customer;
  const [stackLock, seen] = await stackLockOf(deps, customer);
  const buckets = [...(emailNorm === null ? [] : lockoutBuckets(emailNorm)), ...customerBuckets(customerId)];
  return deps.database.transaction().execute(async (tx) => {
    const full = await emptyBuckets(tx, buckets);
    // Only the kind of limit, without the hashed address.
    const limits = full.map((key) => key.split(':')[0] ?? '');
    const message = outcomeOf(full.length > 0, seen);
    const details = { commandId, before: { full: limits }, after: { full: [] }, stackLock };
    await recordRequest(tx, command, { reason, action: 'command.unlock', details });
    await appendAudit(tx, { customerId, actor: 'system', action: 'unlocked', commandId, details: { rule: message } });
    return { wasLocked: full.length > 0, stackLock, message };
  });
}
