/** What became of one customer of a batch. */
export type BatchOutcome = 'replayed' | 'failed' | 'refused' | 'unknown';

export interface BatchProgress {
  readonly replayed: number;
  readonly failed: number;
}

/** Too few say nothing about a rate. */
const ENOUGH_TO_JUDGE = 10;

/** Whether so many have failed that going on would only do harm. `refused` ones did nothing and do not count. */
export function failsTooOften({ replayed, failed }: BatchProgress, maxFailureRate: number): boolean {
  const tried = replayed + failed;
  return tried >= ENOUGH_TO_JUDGE && failed / tried > maxFailureRate;
}

export function count(progress: BatchProgress, outcome: BatchOutcome): BatchProgress {
  if (outcome === 'replayed') return { ...progress, replayed: progress.replayed + 1 };
  return outcome === 'refused' ? progress : { ...progress, failed: progress.failed + 1 };
}
