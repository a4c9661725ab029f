import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { findEmail } from '../../infra/db/repositories/emails.ts';
import { OWED_MAIL, owedMailWorkflowId, TASK_QUEUE, type OwedMail } from '../../workflows/contract.ts';
import type { MailOrder } from './mailer.ts';

export const isServiceAway = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'MailServiceUnavailable';

/** Leaves the mail to a workflow of its own, which sends it when the service works again. */
export async function owe(
  { database, temporal }: { readonly database: Database; readonly temporal: Client },
  { customerId, key }: MailOrder,
): Promise<void> {
  const email = await findEmail(database, key);
  if (!email) throw new Error('There is no claim on the mail.');
  const { emailId } = email;
  try {
    await temporal.workflow.start<(mail: OwedMail) => Promise<void>>(OWED_MAIL, {
      workflowId: owedMailWorkflowId(customerId, emailId),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ customerId, emailId }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
