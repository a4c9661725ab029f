import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { findEmail } from '../../infra/db/repositories/emails.ts';
import { startOwedMail } from '../../infra/temporal/start-owed-mail.ts';
import type { MailRequest } from './mailer.ts';

export const isServiceAway = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'MailServiceUnavailable';

/** Starts a workflow that sends the mail when the service works again. */
export async function owe(
  { database, temporal }: { readonly database: Database; readonly temporal: Client },
  { customerId, key }: MailRequest,
): Promise<void> {
  const email = await findEmail(database, key);
  if (!email) throw new Error('There is no claim on the mail.');
  await startOwedMail(temporal, { customerId, emailId: email.emailId });
}
