import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Database } from '../../infra/db/database.ts';
import * as alerts from '../../infra/db/repositories/alerts.ts';
import { findProductOf, followAlerts } from '../../infra/db/repositories/customers.ts';
import { getEmail } from '../../infra/db/repositories/emails.ts';
import { failedSteps } from '../../infra/db/repositories/steps.ts';
import { endWaiting, noteWaiting } from '../../infra/db/repositories/waiting-work.ts';
import { ALL_PRODUCTS, count } from '../../infra/metrics.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import { isServiceAway, owe } from '../email/owe.ts';
import type { Mailer, MailRequest } from '../email/mailer.ts';
import { recordOnboarding, type OnboardingOutcome } from './record-onboarding.ts';

interface SupportDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly mailer: Mailer;
  readonly logger: Logger;
}

interface Alert {
  readonly customerId: string;
  readonly kind: string;
  readonly step: string;
  readonly errorType: string;
  readonly key: string;
  /** The key of the mail that the alert is about. */
  readonly mailKey?: string;
  /** When it tries again, if that is not within a minute. */
  readonly nextTryInMs?: number;
  /** What is the case with this customer, in a sentence. */
  readonly about?: string;
}

interface ResolvedAlert {
  readonly customerId: string;
  readonly kind: string;
  /** A mail that was sent or no longer applies: its alert ends too. */
  readonly emailId?: string;
}

interface OwedMailAlert extends Omit<Alert, 'mailKey'> {
  readonly emailId: string;
}

/**
 * Opens or repeats an alert with its diagnosis, and mails support once about each cause for as long as the alert is open;
 * about an onboarding that is parked, which waits for support, once per key. A duty that only waits for something
 * Tenure depends on is recorded instead: support is told once about the outage, and not about every customer. A failure
 * that affects many customers is an alert for each customer, and one mail for all of them.
 */
async function raiseAlert(
  deps: SupportDeps,
  { customerId, kind, step, errorType, key, mailKey, about, nextTryInMs = 60_000 }: Alert,
): Promise<void> {
  const { database } = deps;
  const recorded = isParked(kind) ? await messageOf(database, { customerId, step, errorType }) : null;
  const { cause: general, suggestedFix, waitsFor, toldTogether } = diagnose(errorType, recorded);
  const cause = about === undefined ? general : `${general} ${about}`;
  if (waitsFor !== undefined && !isParked(kind)) {
    const tries = { lastingMs: 0, attempts: 1, nextTryInMs };
    await noteWaiting(database, { ...dutyOf(customerId, kind), customerId, errorType, waitsFor, ...tries });
    return;
  }
  const alertId = await database.transaction().execute(async (tx) => {
    const details = { summary: `${errorType}: ${cause}`, suggestedFix, mail: mailKey };
    const raised = await alerts.raiseAlert(tx, { customerId, kind, step, errorType, ...details });
    await followAlerts(tx, customerId);
    return raised;
  });
  if (toldTogether) return;
  const once = [customerId, 'alert', alertId, errorType, ...(mailKey === undefined ? [] : [mailKey])].join(':');
  await mail(deps, { customerId, key: isParked(kind) ? key : once, details: { step, errorType, cause, suggestedFix } });
}

type FailureOfStep = Pick<Alert, 'customerId' | 'step' | 'errorType'>;

/**
 * The sentence with which a step of the product's own refused: Tenure has none for its type. Of another error only the
 * class is recorded, because its text may name a person.
 */
async function messageOf(database: Database, { customerId, step, errorType }: FailureOfStep): Promise<string | null> {
  const failed = await failedSteps(database, customerId);
  return failed.find((one) => one.step === step && one.errorType === errorType)?.errorMessage ?? null;
}

/** The row is the alert. A mail that cannot be sent must not hold the customer up: it is sent later. */
async function mail({ mailer, logger, ...deps }: SupportDeps, request: MailRequest): Promise<void> {
  try {
    await mailer.sendToSupport(request);
  } catch (error) {
    logger.warn({ err: error, customerId: request.customerId }, 'support could not be mailed yet');
    if (isServiceAway(error)) await owe(deps, request);
  }
}

/** A mail that failed again still belongs to its first alert. */
async function raiseAlertOfOwedMail(deps: SupportDeps, { emailId, ...alert }: OwedMailAlert): Promise<void> {
  const { claimKey: mailKey } = await getEmail(deps.database, emailId);
  const first = await alerts.alertOfMail(deps.database, alert.customerId, mailKey);
  await raiseAlert(deps, { ...alert, kind: first ?? alert.kind, mailKey });
}

/** What support sees and is told. */
export function createSupportActivities(deps: SupportDeps) {
  const { database } = deps;
  return {
    raiseAlert: (alert: Alert | OwedMailAlert): Promise<void> =>
      'emailId' in alert ? raiseAlertOfOwedMail(deps, alert) : raiseAlert(deps, alert),

    async resolveAlert({ customerId, kind, emailId }: ResolvedAlert): Promise<void> {
      await database.transaction().execute(async (tx) => {
        await alerts.resolveAlerts(tx, customerId, kind);
        if (emailId !== undefined) await alerts.endAlertsOfMail(tx, customerId, (await getEmail(tx, emailId)).claimKey);
        await followAlerts(tx, customerId);
        await endWaiting(tx, dutyOf(customerId, kind));
      });
    },

    recordOnboarding: async (onboarding: OnboardingOutcome): Promise<void> => {
      await recordOnboarding(database, onboarding, new Date(Context.current().info.scheduledTimestampMs));
      await tellOutcome(deps, onboarding);
    },
  };
}

/** For those who watch all of them: the counter, and the stream of the log. */
async function tellOutcome({ database, logger }: SupportDeps, onboarding: OnboardingOutcome): Promise<void> {
  const { customerId, outcome, generation } = onboarding;
  logger.info({ stream: 'onboarding', customerId, generation }, `onboarding: ${outcome}`);
  if (outcome === 'done') count('OnboardingSuccess', (await findProductOf(database, customerId)) ?? ALL_PRODUCTS);
}

/** A step that failed permanently stays parked, whatever made it fail. */
const isParked = (kind: string): boolean => kind.startsWith('onboarding:');
const dutyOf = (customerId: string, kind: string) => ({ workflowId: customerWorkflowId(customerId), work: kind });

export type SupportActivities = ReturnType<typeof createSupportActivities>;
