import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { OWED_MAIL, owedMailWorkflowId, type OwedMail } from '../../workflows/contract/mails.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';

/** Leaves a mail to a workflow of its own, which sends it as soon as the mail service takes it. Idempotent. */
export async function startOwedMail(temporal: Client, mail: OwedMail): Promise<void> {
  try {
    await temporal.workflow.start<(mail: OwedMail) => Promise<void>>(OWED_MAIL, {
      workflowId: owedMailWorkflowId(mail.customerId, mail.emailId),
      taskQueue: TASK_QUEUE.lifecycle,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [mail],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
