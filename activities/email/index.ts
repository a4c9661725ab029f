import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { listBackups } from '../../infra/db/repositories/backups.ts';
import type { CoreMailDefinition } from '../../infra/mails/core-mail.ts';
import { CORE_MAILS, type AboutOf, type CoreMailName } from '../../infra/mails/index.ts';
import type { OwedMail } from '../../workflows/contract/mails.ts';
import type { OwnStepInput } from '../../workflows/domain/steps.ts';
import type { Mailer, MailRequest } from './mailer.ts';
import { isServiceAway, owe } from './owe.ts';
import { MailNotRendered } from './prepare.ts';

interface MailInput {
  readonly customerId: string;
  readonly key: string;
}

interface EmailDeps {
  readonly mailer: Mailer;
  readonly database: Database;
  readonly temporal: Client;
}

/**
 * A mail that the service has not accepted by then is sent later; one that it refuses is refused. The caller continues.
 */
const TRIES = 3;

/** How a lasting failure ends: it may be temporary, but must not be retried silently for ever. */
function inTheEnd(error: unknown): ApplicationFailure | undefined {
  if (error instanceof MailNotRendered) return ApplicationFailure.nonRetryable(error.of, error.name);
  if (!(error instanceof ApplicationFailure) || error.type !== 'MailNotSent') return undefined;
  return ApplicationFailure.nonRetryable(error.message, error.type);
}

/** A lasting failure needs a person. */
async function asFarAsItGoes(send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    throw (Context.current().info.attempt < TRIES ? undefined : inTheEnd(error)) ?? error;
  }
}

/** Leaves a mail for later when the service does not accept it. */
function sender({ mailer, ...deps }: EmailDeps) {
  return async (mail: string, request: MailRequest): Promise<void> => {
    try {
      await asFarAsItGoes(() => mailer.sendToCustomer(mail, request));
    } catch (error) {
      if (!isServiceAway(error) || Context.current().info.attempt < TRIES) throw error;
      await owe(deps, request);
    }
  };
}

/** The activities of a product's own steps that send a mail, by the names that their rows have. */
export function createOwnMails(
  deps: EmailDeps,
  senders: Readonly<Record<string, string>>,
): Readonly<Record<string, (input: OwnStepInput) => Promise<void>>> {
  const send = sender(deps);
  return Object.fromEntries(
    Object.entries(senders).map(([activity, mail]) => [
      activity,
      ({ customerId, key }: OwnStepInput) => send(mail, { customerId, key }),
    ]),
  );
}

type Details = Readonly<Record<string, string | number>>;
type Send<About extends object = Partial<Details>> = (input: MailInput & About) => Promise<void>;

/** As history calls the activity of each mail. */
type ActivityOf<Name extends string> = `send${Capitalize<Name>}Mail`;
type Senders = { readonly [Name in CoreMailName as ActivityOf<Name>]: Send<AboutOf<Name>> };
const activityOf = (name: string): string => `send${name.charAt(0).toUpperCase()}${name.slice(1)}Mail`;

/** The text about the backup is only for customers who have one. */
async function ofBackup(
  { database }: EmailDeps,
  customerId: string,
  { retainUntil, ...said }: Details,
): Promise<Details> {
  const [backup] = await listBackups(database, customerId);
  return backup && retainUntil !== undefined ? { ...said, retainUntil } : said;
}

/** The activities of the core's table of mails. Besides the customer, the input says what the mail is about. */
function coreSenders(deps: EmailDeps): Senders {
  const owing = sender(deps);
  const sendOnce = (mail: string, request: MailRequest) =>
    asFarAsItGoes(() => deps.mailer.sendToCustomer(mail, request));
  const each = Object.entries<CoreMailDefinition>(CORE_MAILS).map(([name, { isOwed = true }]): [string, Send] => {
    const send = isOwed ? owing : sendOnce;
    const act: Send = async ({ customerId, key, ...said }) => {
      const details = name === 'cancelled' ? await ofBackup(deps, customerId, said as Details) : (said as Details);
      await send(name, { customerId, key, details });
    };
    return [activityOf(name), act];
  });
  return Object.fromEntries(each) as unknown as Senders;
}

/**
 * One activity a mail, so that history says which mail it was. Each goes out once per key. While the mail service is
 * unavailable the mail waits and is sent later; an activity fails only when a person has to look at it.
 */
export function createEmailActivities(deps: EmailDeps) {
  const { mailer } = deps;
  return {
    ...coreSenders(deps),
    /** For a prospect, who is not a customer yet. */
    sendCheckoutReminderMail: ({ customerId }: Pick<MailInput, 'customerId'>): Promise<void> =>
      asFarAsItGoes(() => mailer.remindProspect(customerId)),
    /** Sends a mail that was left for later, unless it no longer applies. */
    sendOwedMail: ({ emailId }: OwedMail): Promise<void> => asFarAsItGoes(() => mailer.sendOwed(emailId)),
  };
}

export type EmailActivities = ReturnType<typeof createEmailActivities>;
