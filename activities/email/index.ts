import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { listBackups } from '../../infra/db/repositories/backups.ts';
import type { OwedMail } from '../../workflows/contract/mails.ts';
import type { FailedPart, OwnStepInput } from '../../workflows/domain/steps.ts';
import type { Mailer, MailOrder } from './mailer.ts';
import { isServiceAway, owe } from './owe.ts';
import type { CustomerMail } from './mails/index.ts';
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

/** A mail that the service did not take by then is owed; one that it refuses then is refused. Whoever ordered it goes on. */
const TRIES = 3;

/** How it ends when it lasts: it may be of the moment, but must not be tried in silence for ever. */
function inTheEnd(error: unknown): ApplicationFailure | undefined {
  if (error instanceof MailNotRendered) return ApplicationFailure.nonRetryable(error.of, error.name);
  if (!(error instanceof ApplicationFailure) || error.type !== 'MailNotSent') return undefined;
  return ApplicationFailure.nonRetryable(error.message, error.type);
}

/** What lasts needs a person. */
async function asFarAsItGoes(send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    throw (Context.current().info.attempt < TRIES ? undefined : inTheEnd(error)) ?? error;
  }
}

/** Leaves a mail owed that the service does not take. */
function sender({ mailer, ...deps }: EmailDeps) {
  return async (mail: string, order: MailOrder): Promise<void> => {
    try {
      await asFarAsItGoes(() => mailer.sendToCustomer(mail, order));
    } catch (error) {
      if (!isServiceAway(error) || Context.current().info.attempt < TRIES) throw error;
      await owe(deps, order);
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

/**
 * One activity a mail, so that history says which mail it was. Each goes out once per key. When the mail service is
 * away the mail stays owed and is sent later; an activity fails only for what a person has to look at.
 */
export function createEmailActivities(deps: EmailDeps) {
  const { mailer } = deps;
  const send: (mail: CustomerMail, order: MailOrder) => Promise<void> = sender(deps);
  return {
    sendWelcomeMail: (input: MailInput): Promise<void> => send('welcome', input),
    sendReadyMail: (input: MailInput): Promise<void> => send('ready', input),
    /** Of somebody who is no customer yet. */
    sendCheckoutReminderMail: ({ customerId }: Pick<MailInput, 'customerId'>): Promise<void> =>
      asFarAsItGoes(() => mailer.remindProspect(customerId)),
    sendDeploymentFailedMail: ({ part, ...input }: MailInput & { readonly part: FailedPart }): Promise<void> =>
      send('deploymentFailed', { ...input, details: { part } }),
    sendOnboardingEndedMail: (input: MailInput): Promise<void> => send('onboardingEnded', input),
    sendTrialReminderMail: ({ daysLeft, ...input }: MailInput & { readonly daysLeft: number }): Promise<void> =>
      send('trialReminder', { ...input, details: { daysLeft } }),
    sendTrialExpiredMail: (input: MailInput): Promise<void> => send('trialExpired', input),
    sendSubscriptionStartedMail: (input: MailInput): Promise<void> => send('subscriptionStarted', input),
    sendMovedToFreePlanMail: (input: MailInput): Promise<void> => send('movedToFreePlan', input),
    sendPaymentFailedMail: (input: MailInput): Promise<void> => send('paymentFailed', input),
    sendPasswordLinkMail: (input: MailInput): Promise<void> => send('passwordLink', input),
    sendPasswordChangedMail: (input: MailInput): Promise<void> => send('passwordChanged', input),
    sendApiKeyLinkMail: (input: MailInput): Promise<void> => send('apiKeyLink', input),
    sendCancelledMail: async (order: MailInput & { readonly retainUntil: string }): Promise<void> => {
      const { retainUntil, ...input } = order;
      const [backup] = await listBackups(deps.database, input.customerId);
      return send('cancelled', { ...input, details: backup ? { retainUntil } : {} });
    },
    /** Never owed: once the person is forgotten there is no address to send it to. */
    sendErasedMail: (input: MailInput): Promise<void> => asFarAsItGoes(() => mailer.sendToCustomer('erased', input)),
    /** Sends a mail that is owed, unless it was overtaken meanwhile. */
    sendOwedMail: ({ emailId }: OwedMail): Promise<void> => asFarAsItGoes(() => mailer.sendOwed(emailId)),
  };
}

export type EmailActivities = ReturnType<typeof createEmailActivities>;
