import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Queryable } from '../../infra/db/database.ts';
import { oweEmail } from '../../infra/db/repositories/emails.ts';
import { ACCOUNT_MAIL, accountMailWorkflowId, type AccountMail } from '../../workflows/contract/mails.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import type { AppDeps } from '../http/deps.ts';

/** A page answers without Temporal; the mail is owed. */
const START_DEADLINE_MS = 1_500;

/**
 * Owes a mail about a sign-in, once for its command. In the transaction of what it tells of, neither is there without
 * the other. Have it sent after the commit; a sweeper does so for whoever did not.
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

/** Has a mail that is owed sent now, by a workflow of its own. While Temporal is away it stays owed, and nobody is told. */
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
    // Ordered before, under this key.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    logger.warn({ err: error, customerId, mail }, 'a mail about a sign-in is sent later');
  }
}
