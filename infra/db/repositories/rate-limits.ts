import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Allowance {
  readonly allowed: boolean;
  /** Seconds until the window ends. */
  readonly retryAfterSeconds: number;
}

/**
 * Counts one use of `key` in a fixed window shared by all API processes (a store per process would multiply the
 * limit, reliability X4). The key must not be personal data: hash it.
 */
export async function takeFromBucket(
  db: Queryable,
  bucket: { readonly key: string; readonly limit: number; readonly windowSeconds: number },
): Promise<Allowance> {
  const { rows } = await sql<{ count: number; endsIn: number }>`
    with bucket as (select to_timestamp(floor(extract(epoch from now()) / ${bucket.windowSeconds}) * ${bucket.windowSeconds}) as start)
    insert into rate_limits as used (key, window_start, count) select ${bucket.key}, start, 1 from bucket
    on conflict (key, window_start) do update set count = used.count + 1
    returning count, ceil(extract(epoch from window_start) + ${bucket.windowSeconds} - extract(epoch from now()))::int as ends_in
  `.execute(db);
  const used = rows[0] ?? { count: 0, endsIn: 0 };
  return { allowed: used.count <= bucket.limit, retryAfterSeconds: Math.max(1, used.endsIn) };
}

/** Hashed addresses are kept for a day at most (S0-5). */
export async function forgetOldBuckets(db: Queryable): Promise<void> {
  await db
    .deleteFrom('rateLimits')
    .where('windowStart', '<', sql<Date>`now() - interval '1 day'`)
    .execute();
}
