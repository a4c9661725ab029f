import type { Logger } from 'pino';
import type { Database } from '../../infra/db/database.ts';
import * as alerts from '../../infra/db/repositories/alerts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { recordAttention, recordStanding } from '../../infra/db/repositories/customers.ts';
import { reconcileSteps, type StepSummary } from '../../infra/db/repositories/steps.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import type { Mailer } from '../email/mailer.ts';

interface OnboardingOutcome {
  readonly customerId: string;
  readonly outcome: 'done' | 'failed' | 'replaying' | 'compensated';
  readonly generation: number;
  readonly steps: Readonly<Record<string, Omit<StepSummary, 'step'>>>;
}

interface SupportDeps {
  readonly database: Database;
  readonly mailer: Mailer;
  readonly logger: Logger;
}

/** What a customer's standing becomes with each outcome of the onboarding. */
const STANDING = { done: 'active', failed: 'failed', replaying: 'pending', compensated: null } as const;

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
      await alerts.raiseAlert(database, { customerId, kind, step, summary: `${errorType}: ${cause}`, suggestedFix });
      // The row is the alert. A mail that cannot be sent must not hold the customer up; the next alert mails again.
      await mailer
        .sendToSupport('alert', { customerId, key, details: { step, errorType, cause, suggestedFix } })
        .catch((error: unknown) => {
          logger.warn({ err: error, customerId, kind }, 'support could not be mailed');
        });
    },

    async resolveAlert({ customerId, kind }: { readonly customerId: string; readonly kind: string }): Promise<void> {
      await alerts.resolveAlerts(database, customerId, kind);
    },

    /** Brings ledger, attention and standing in line with what the workflow knows. */
    async recordOnboarding({ customerId, outcome, generation, steps }: OnboardingOutcome): Promise<void> {
      const summaries = Object.entries(steps).map(([step, state]) => ({ step, ...state }));
      const failed = summaries
        .filter(({ state }) => state === 'failed' || state === 'undo_failed')
        .map(({ step }) => step);
      await database.transaction().execute(async (tx) => {
        await reconcileSteps(tx, customerId, generation, summaries);
        await recordAttention(tx, customerId, outcome === 'failed' ? failed.join(',') : null);
        const standing = STANDING[outcome];
        if (standing !== null) await recordStanding(tx, customerId, standing);
        if (outcome !== 'failed') await alerts.resolveAlerts(tx, customerId, 'onboarding:');
        await appendAudit(tx, {
          customerId,
          actor: 'system',
          action: `onboarding.${outcome}`,
          details: { generation, failed },
        });
      });
    },
  };
}

export type SupportActivities = ReturnType<typeof createSupportActivities>;
