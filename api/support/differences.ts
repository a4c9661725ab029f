import { listDifferences, type Difference } from '../../infra/db/repositories/differences.ts';
import { completeLaps } from '../../infra/db/repositories/record-laps.ts';
import type { AppDeps } from '../http/deps.ts';

const MOST = 1_000;

export interface Differences {
  readonly differences: readonly Difference[];
  readonly more: boolean;
  /** Everything was compared after this instant; null before that. */
  readonly comparedSince: Date | null;
}

/** Where Postgres, Temporal and Stripe differ for longer than a minute: of one customer, or of all. */
export async function showDifferences({ database }: AppDeps, customerId?: string): Promise<Differences> {
  const [found, laps] = await Promise.all([
    listDifferences(database, { customerId, limit: MOST + 1 }),
    completeLaps(database),
  ]);
  const { customers, runs } = laps;
  const comparedSince = customers && runs ? new Date(Math.min(customers.getTime(), runs.getTime())) : null;
  return { differences: found.slice(0, MOST), more: found.length > MOST, comparedSince };
}
