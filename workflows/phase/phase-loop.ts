import { TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { support } from '../activity-calls/proxies.ts';
import type { Desk } from './desk.ts';
import type { Phase } from '../domain/lifecycle.ts';
import { retryAfterMs } from '../domain/retries.ts';
import { diagnose } from '../domain/failures.ts';
import { failureType } from '../activity-calls/failure-type.ts';

interface Decider {
  readonly phase: Phase;
  /** Looks at the world and acts; what it returns ends the phase. */
  decide(): Promise<Phase | undefined>;
  nextAt(): number | null;
  waitingFor(): string;
}

/**
 * Decides, rests until something is due or changed, and decides again. A provider that fails for longer than its
 * retries does not end the customer's workflow: support is alerted and the decision is taken again later.
 */
export async function decideUntilOver(desk: Desk, decider: Decider): Promise<Phase> {
  const kind = 'phase';
  for (let failures = 0; ;) {
    const mark = desk.clock.mark();
    try {
      const next = await desk.decide(() => decider.decide());
      if (next !== undefined) return next;
      if (failures > 0) {
        await support.resolveAlert({ customerId: desk.customerId, kind });
        desk.needsAttention(null);
      }
      failures = 0;
      // A customer may stay for years: the phase hops into itself before its history grows too long.
      if (workflowInfo().continueAsNewSuggested)
        return (await desk.decide(() => Promise.resolve(decider.phase))) ?? decider.phase;
      await desk.rest(mark, () => decider.nextAt(), decider.waitingFor());
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      failures += 1;
      await alertAndWait(desk, { kind, mark, failures, error });
    }
  }
}

const retryInWords = (errorType: string): string => diagnose(errorType).waitsFor ?? 'another try after a failure';

async function alertAndWait(
  desk: Desk,
  { kind, mark, failures, error }: { kind: string; mark: number; failures: number; error: TemporalFailure },
): Promise<void> {
  const { customerId } = desk;
  const now = desk.clock.now();
  const errorType = failureType(error);
  desk.failed(kind, errorType);
  const key = `${customerId}:${kind}:${String(now)}`;
  await support.raiseAlert({ customerId, kind, step: kind, errorType, key });
  await desk.rest(mark, () => now + retryAfterMs(failures, errorType), retryInWords(errorType));
}
