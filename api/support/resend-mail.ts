import { isAudited } from '../../infra/db/repositories/audit.ts';
import { oweUnknownEmail, whatBecameOf, type EmailClaim, type WhatBecame } from '../../infra/db/repositories/emails.ts';
import { startOwedMail } from '../../infra/temporal/start-owed-mail.ts';
import { refused, unknownOutcome } from './commands.ts';
import { recordCommand, type CommandRequest } from './customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { stepFailedByMail } from './step-failed-by-mail.ts';

const START_MS = 10_000;

interface Resend {
  readonly email_id: string;
  /** For a mail that may have gone out: confirms that it may arrive twice. */
  readonly may_come_twice?: boolean | undefined;
  readonly reason: string;
}

const REFUSALS: Readonly<Record<EmailClaim['state'], string | undefined>> = {
  sent: 'This mail was sent.',
  overtaken: 'This mail no longer applies to the customer.',
  claimed: 'This mail is being sent.',
  unknown:
    'It is not known whether this mail was sent, so the customer may get it twice. Confirm that it may arrive twice to send it anyway.',
  failed: undefined,
};

/** Why a mail cannot be sent again; undefined if it can. */
async function whyNot(
  deps: AppDeps,
  customerId: string,
  { state, template, mayComeTwice }: WhatBecame & { readonly mayComeTwice: boolean },
): Promise<string | undefined> {
  const isOpen = state === 'failed' || state === 'unknown';
  const replay = isOpen ? await whyReplayInstead(deps, customerId, template) : undefined;
  return replay ?? (state === 'unknown' && mayComeTwice ? undefined : REFUSALS[state]);
}

/** The workflow would still consider the step failed, and a later replay would send its mail once more. */
async function whyReplayInstead(deps: AppDeps, customerId: string, template: string): Promise<string | undefined> {
  const failed = await stepFailedByMail(deps, customerId, template);
  return (
    failed &&
    `This mail is a step of the onboarding that failed. Replay the step instead: tenure replay ${customerId} --from ${failed.step} --reason …`
  );
}

async function send({ temporal }: AppDeps, { customerId, commandId }: CommandRequest, emailId: string): Promise<void> {
  try {
    await temporal.withDeadline(Date.now() + START_MS, () => startOwedMail(temporal, { customerId, emailId }));
  } catch (error) {
    throw unknownOutcome(commandId, error);
  }
}

/**
 * Sends a mail that was not sent or, if it may arrive twice, one whose outcome is unknown. Repeated under the same key,
 * it is only sent again if it certainly has not gone out. @throws ApiError 404 if there is none, 409 saying why it is
 * not sent, 504 when it is not known whether the request was accepted
 */
export async function resendMail(
  deps: AppDeps,
  command: CommandRequest,
  { email_id: emailId, may_come_twice: mayComeTwice = false, reason }: Resend,
): Promise<void> {
  const { customerId, commandId } = command;
  const { database } = deps;
  const mail = await whatBecameOf(database, customerId, emailId);
  if (mail === undefined) throw notFound('mail');
  const { state } = mail;
  const details = { emailId, before: state };
  if (await isAudited(database, customerId, 'command.resendMail', { commandId }))
    await recordCommand(deps, command, 'resendMail', { reason, details });
  else {
    const why = await whyNot(deps, customerId, { ...mail, mayComeTwice });
    if (why !== undefined) throw refused(why);
    await database.transaction().execute(async (tx) => {
      await recordCommand({ ...deps, database: tx }, command, 'resendMail', { reason, details });
      await oweUnknownEmail(tx, emailId);
    });
  }
  const { state: now } = (await whatBecameOf(database, customerId, emailId)) ?? {};
  if (now === 'failed') await send(deps, command, emailId);
}
