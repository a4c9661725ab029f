import { isAudited } from '../infra/db/repositories/audit.ts';
import { emailState, oweUnknownEmail, type EmailClaim } from '../infra/db/repositories/emails.ts';
import { startOwedMail } from '../infra/temporal/start-owed-mail.ts';
import { refused, unknownOutcome } from './commands.ts';
import { asked, type Order } from './customer-commands.ts';
import type { AppDeps } from './deps.ts';
import { notFound } from './errors.ts';

const START_MS = 10_000;

interface Resend {
  readonly email_id: string;
  /** For a mail that may have gone out: the person who orders it knows that it may come twice. */
  readonly may_come_twice?: boolean | undefined;
  readonly reason: string;
}

const REFUSALS: Readonly<Record<EmailClaim['state'], string | undefined>> = {
  sent: 'This mail was sent.',
  overtaken: 'The customer has no use for this mail any more.',
  claimed: 'This mail is being sent.',
  unknown:
    'Nobody knows whether this mail was sent: the customer may get it twice. Say that it may come twice to send it all the same.',
  failed: undefined,
};

async function send({ temporal }: AppDeps, { customerId, commandId }: Order, emailId: string): Promise<void> {
  try {
    await temporal.withDeadline(Date.now() + START_MS, () => startOwedMail(temporal, { customerId, emailId }));
  } catch (error) {
    throw unknownOutcome(commandId, error);
  }
}

/**
 * Sends a mail that was not sent, or, when it is said that it may come twice, one of which nobody knows. Ordered again
 * under the same key it is one order: it is only sent again if it is certain that it has not gone out.
 * @throws ApiError 404 for none, 409 saying why it is not sent, 504 when it is not known whether the order was taken
 */
export async function resendMail(
  deps: AppDeps,
  order: Order,
  { email_id: emailId, may_come_twice: mayComeTwice = false, reason }: Resend,
): Promise<void> {
  const { customerId, commandId } = order;
  const { database } = deps;
  const state = await emailState(database, customerId, emailId);
  if (state === undefined) throw notFound('mail');
  if (!(await isAudited(database, customerId, 'command.resendMail', { commandId }))) {
    const why = state === 'unknown' && mayComeTwice ? undefined : REFUSALS[state];
    if (why !== undefined) throw refused(why);
    await database.transaction().execute(async (tx) => {
      await asked({ ...deps, database: tx }, order, 'resendMail', { reason, details: { emailId, before: state } });
      await oweUnknownEmail(tx, emailId);
    });
  }
  if ((await emailState(database, customerId, emailId)) === 'failed') await send(deps, order, emailId);
}
