import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { Database } from '../../infra/db/database.ts';
import * as alerts from '../../infra/db/repositories/alerts.ts';
import { followAlerts } from '../../infra/db/repositories/customers.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import type { Mailer } from '../email/mailer.ts';
import { recordOnboarding, type OnboardingOutcome } from './record-onboarding.ts';

interface SupportDeps {
  readonly database: Database;
  readonly mailer: Mailer;
  readonly logger: Logger;
}

/** What the people who help customers see and are told. */
export function createSupportActivities({ database, mailer, logger }: SupportDeps) {
  return {
    /** Opens or repeats an alert with its diagnosis, and mails support once per key. */
    async raiseAlert(input: {
      readonly customerId: string;
      readonly kind: string;
      readonly step: string;
      readonly errorType: string;
      readonly key: string;
    }): Promise<void> {
      const { customerId, kind, step, errorType, key } = input;
      const { cause, suggestedFix } = diagnose(errorType);
      await database.transaction().execute(async (tx) => {
        await alerts.raiseAlert(tx, { customerId, kind, step, summary: `${errorType}: ${cause}`, suggestedFix });
        await followAlerts(tx, customerId);
      });
      // The row is the alert. A mail that cannot be sent must not hold the customer up; the next alert mails again.
      await mailer
        .sendToSupport('alert', { customerId, key, details: { step, errorType, cause, suggestedFix } })
        .catch((error: unknown) => {
          logger.warn({ err: error, customerId, kind }, 'support could not be mailed');
        });
    },

    async resolveAlert({ customerId, kind }: { readonly customerId: string; readonly kind: string }): Promise<void> {
      await database.transaction().execute(async (tx) => {
        await alerts.resolveAlerts(tx, customerId, kind);
        await followAlerts(tx, customerId);
      });
    },

    recordOnboarding: (outcome: OnboardingOutcome): Promise<void> =>
      recordOnboarding(database, outcome, new Date(Context.current().info.scheduledTimestampMs)),
  };
}

export type SupportActivities = ReturnType<typeof createSupportActivities>;
