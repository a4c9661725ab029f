import { takeFromBucket, type Bucket } from '../../infra/db/repositories/rate-limits.ts';
import type { AppDeps } from '../http/deps.ts';
import { tooMany } from '../http/errors.ts';

/** How often a customer may request something that has a cost. */
const CUSTOMER_LIMITS = {
  upgrade: { what: 'upgrades', limit: 20, windowSeconds: 3_600 },
  plan: { what: 'changes of the plan', limit: 60, windowSeconds: 3_600 },
  retry: { what: 'tries', limit: 5, windowSeconds: 86_400 },
  /** Ending and staying, in turn. */
  leaving: { what: 'cancellations', limit: 20, windowSeconds: 3_600 },
  keys: { what: 'changes of API keys', limit: 60, windowSeconds: 3_600 },
} as const;

/** The buckets of one customer, for clearing them. */
export const customerBuckets = (customerId: string): readonly Bucket[] =>
  Object.entries(CUSTOMER_LIMITS).map(([kind, { limit, windowSeconds }]) => ({
    ...{ key: `${kind}:${customerId}`, limit, windowSeconds },
  }));

/** @throws ApiError 429 */
export async function limitCustomer(
  { database }: Pick<AppDeps, 'database'>,
  customerId: string,
  kind: keyof typeof CUSTOMER_LIMITS,
): Promise<void> {
  const { what, limit, windowSeconds } = CUSTOMER_LIMITS[kind];
  const used = await takeFromBucket(database, { key: `${kind}:${customerId}`, limit, windowSeconds });
  if (!used.allowed) throw tooMany(what, used.retryAfterSeconds);
}
