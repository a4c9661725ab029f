import { listDifferences, type Difference } from '../../infra/db/repositories/differences.ts';
import { completeLaps } from '../../infra/db/repositories/record-laps.ts';
import type { AppDeps } from '../http/deps.ts';

const MOST = 1_000;

export interface Differences {
  readonly differences: readonly Difference[];
  readonly more: boolean;
  /** Every customer and every open workflow was compared with each other after this instant; null before that. */
  readonly comparedSince: Date | null;
  /** Every customer was compared with Stripe after this instant: it is asked more slowly. Null before that. */
  readonly stripeComparedSince: Date | null;
}

/** Where Postgres, Temporal and Stripe differ for longer than a minute: of one customer, or of all. */
export async function showDifferences({ database }: AppDeps, customerId?: string): Promise<Differences> {
  const [found, laps] = await Promise.all([
    listDifferences(database, { customerId, limit: MOST + 1 }),
    completeLaps(database),
  ]);
  return {
    ...{ differences: found.slice(0, MOST), more: found.length > MOST },
    comparedSince: earliest(laps['customers'], laps['runs']),
    stripeComparedSince: earliest(laps['stripe'], laps['customers in Stripe']),
  };
}

const earliest = (one: Date | undefined, other: Date | undefined): Date | null =>
  one && other ? new Date(Math.min(one.getTime(), other.getTime())) : null;
