import type { Database } from '../../infra/db/database.ts';
import { resolveAlerts } from '../../infra/db/repositories/alerts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import {
  followAlerts,
  recordAttention,
  recordGeneration,
  recordStanding,
} from '../../infra/db/repositories/customers.ts';
import { reconcileSteps, type StepSummary } from '../../infra/db/repositories/steps.ts';

export interface OnboardingOutcome {
  readonly customerId: string;
  readonly outcome: 'done' | 'failed' | 'replaying' | 'compensated' | 'mailed';
  readonly generation: number;
  readonly steps: Readonly<Record<string, Omit<StepSummary, 'step'>>>;
  /** The request of the newest replay and the steps it restarted: the ledger shows for each step who replayed it. */
  readonly replay?: { readonly auditId: number; readonly steps: readonly string[] };
}

/** The customer's standing after each outcome of the onboarding. */
const STANDING = { done: 'active', failed: 'failed', replaying: 'pending', compensated: null, mailed: null } as const;

/**
 * Brings ledger, attention and standing in line with what the workflow knows. @param scheduledAt since when the
 * workflow knows that, by Temporal's clock: attempts scheduled earlier can no longer write
 */
export async function recordOnboarding(
  database: Database,
  onboarding: OnboardingOutcome,
  scheduledAt: Date,
): Promise<void> {
  const { customerId, outcome, generation, steps, replay } = onboarding;
  const summaries = Object.entries(steps).map(([step, state]) => ({ step, ...state }));
  const failed = summaries.filter(({ state }) => state === 'failed' || state === 'undo_failed').map(({ step }) => step);
  await database.transaction().execute(async (tx) => {
    await reconcileSteps(tx, { customerId, generation, steps: summaries, scheduledAt, replay });
    await recordGeneration(tx, customerId, generation);
    if (outcome !== 'mailed') await recordAttention(tx, customerId, failed.join(',') || null);
    const standing = STANDING[outcome];
    if (standing !== null) await recordStanding(tx, customerId, standing);
    if (outcome !== 'failed') await resolveAlerts(tx, customerId, 'onboarding:');
    if (outcome === 'mailed') await followAlerts(tx, customerId);
    const details = { generation, failed };
    await appendAudit(tx, { customerId, actor: 'system', action: `onboarding.${outcome}`, details });
  });
}
