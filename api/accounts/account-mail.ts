import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Queryable } from '../../infra/db/database.ts';
import { oweEmail } from '../../infra/db/repositories/emails.ts';
import { ACCOUNT_MAIL, accountMailWorkflowId, type AccountMail } from '../../workflows/contract/mails.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { AppDeps } from '../http/deps.ts';

/** A page answers without Temporal; the mail is sent later. */
const START_DEADLINE_MS = 1_500;

/**
 * Stores a mail about a sign-in, once per command. Call it in the transaction of the change that the mail is about, so
 * that neither exists without the other. Send it after the commit; otherwise a sweeper does.
 */
export async function oweAccountMail(
  db: Queryable,
  customerId: string,
  mail: AccountMail['mail'],
  commandId: string = randomUUID(),
): Promise<AccountMail> {
  const key = `${customerId}:${mail}:${commandId}`;
  await oweEmail(db, { customerId, template: mail, claimKey: key, details: {} });
  return { customerId, mail, key };
}

/** Starts a workflow that sends a stored mail now. While Temporal is down the mail stays stored, without an error. */
export async function sendAccountMail(
  { temporal, logger }: Pick<AppDeps, 'temporal' | 'logger'>,
  owed: AccountMail,
): Promise<void> {
  const { customerId, mail, key } = owed;
  try {
    await temporal.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      temporal.workflow.start(ACCOUNT_MAIL, {
        workflowId: accountMailWorkflowId(key),
        taskQueue: TASK_QUEUE.lifecycle,
        args: [owed],
        staticSummary: `Mail ${mail} to ${customerId}`,
      }),
    );
  } catch (error) {
    // Requested before, under this key.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    logger.warn({ err: error, customerId, mail }, 'a mail about a sign-in is sent later');
  }
}
