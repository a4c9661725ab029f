import { TemporalFailure, patched, workflowInfo } from '@temporalio/workflow';
import type { CustomerRun } from './customer-run.ts';
import type { Phase } from '../domain/lifecycle.ts';
import { retryAfterMs } from '../domain/retries.ts';
import { diagnose } from '../domain/failures.ts';
import { failureType } from '../activity-calls/failure-type.ts';
import { endAlert, isOpen, openAlert } from './open-alert.ts';

/** Kinds of the alerts that end with the phase: what fails in it, and a clock that differs from Stripe's. */
const PHASE = 'phase';
export const CLOCK = 'clock';

interface Decider {
  readonly phase: Phase;
  /** Looks at the world and acts; what it returns ends the phase. */
  decide(): Promise<Phase | undefined>;
  nextAt(): number | null;
  waitingFor(): string;
}

/**
 * Decides, rests until something is due or changed, and decides again. A provider that fails for longer than the
 * retries last does not end the customer's workflow: support is alerted and the decision is made again later.
 */
export async function decideUntilOver(customer: CustomerRun, decider: Decider): Promise<Phase> {
  for (let failures = 0; ;) {
    const mark = customer.clock.mark();
    try {
      const next = await customer.decide(() => decider.decide());
      if (next !== undefined) {
        await endAlerts(customer);
        return next;
      }
      if (failures > 0) {
        await endAlert(customer, PHASE);
        customer.view.needsAttention(null);
      }
      failures = 0;
      // A customer may stay for years: the phase hops into itself before its history grows too long.
      if (workflowInfo().continueAsNewSuggested)
        return (await customer.decide(() => Promise.resolve(decider.phase))) ?? decider.phase;
      await customer.rest(mark, () => decider.nextAt(), decider.waitingFor());
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      failures += 1;
      await alertAndWait(customer, { mark, failures, error });
    }
  }
}

async function endAlerts(customer: CustomerRun): Promise<void> {
  for (const kind of [PHASE, CLOCK])
    if (isOpen(customer, kind) && patched('the alerts of a phase end with it')) await endAlert(customer, kind);
}

const retryInWords = (errorType: string): string => diagnose(errorType).waitsFor ?? 'another try after a failure';

async function alertAndWait(
  customer: CustomerRun,
  { mark, failures, error }: { mark: number; failures: number; error: TemporalFailure },
): Promise<void> {
  const now = customer.clock.now();
  const errorType = failureType(error);
  customer.view.failed(PHASE, errorType);
  await openAlert(customer, { kind: PHASE, step: PHASE, errorType });
  await customer.rest(mark, () => now + retryAfterMs(failures, errorType), retryInWords(errorType));
}
