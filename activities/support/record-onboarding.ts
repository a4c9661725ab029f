import type { Database } from '../../infra/db/database.ts';
import { resolveAlerts } from '../../infra/db/repositories/alerts.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { recordAttention, recordGeneration, recordStanding } from '../../infra/db/repositories/customers.ts';
import { reconcileSteps, type StepSummary } from '../../infra/db/repositories/steps.ts';

export interface OnboardingOutcome {
  readonly customerId: string;
  readonly outcome: 'done' | 'failed' | 'replaying' | 'compensated';
  readonly generation: number;
  readonly steps: Readonly<Record<string, Omit<StepSummary, 'step'>>>;
}

/** What a customer's standing becomes with each outcome of the onboarding. */
const STANDING = { done: 'active', failed: 'failed', replaying: 'pending', compensated: null } as const;

/** Brings ledger, attention and standing in line with what the workflow knows. */
export async function recordOnboarding(database: Database, onboarding: OnboardingOutcome): Promise<void> {
  const { customerId, outcome, generation, steps } = onboarding;
  const summaries = Object.entries(steps).map(([step, state]) => ({ step, ...state }));
  const failed = summaries.filter(({ state }) => state === 'failed' || state === 'undo_failed').map(({ step }) => step);
  await database.transaction().execute(async (tx) => {
    await reconcileSteps(tx, customerId, generation, summaries);
    await recordGeneration(tx, customerId, generation);
    await recordAttention(tx, customerId, outcome === 'failed' ? failed.join(',') : null);
    const standing = STANDING[outcome];
    if (standing !== null) await recordStanding(tx, customerId, standing);
    if (outcome !== 'failed') await resolveAlerts(tx, customerId, 'onboarding:');
    const details = { generation, failed };
    await appendAudit(tx, { customerId, actor: 'system', action: `onboarding.${outcome}`, details });
  });
}
