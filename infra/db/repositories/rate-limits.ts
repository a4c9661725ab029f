import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Bucket {
  /** Must not be personal data: hash it. */
  readonly key: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

export interface Allowance {
  readonly allowed: boolean;
  /** Seconds until the window ends. */
  readonly retryAfterSeconds: number;
}

/**
 * Counts one use of `key` in a window that begins with the first use and is shared by all API processes (a store per
 * process would multiply the limit).
 */
export async function takeFromBucket(db: Queryable, { key, limit, windowSeconds }: Bucket): Promise<Allowance> {
  const isOver = sql`used.window_start + make_interval(secs => ${windowSeconds}) <= now()`;
  const { rows } = await sql<{ count: number; endsIn: number }>`
    insert into rate_limits as used (key, window_start, count) values (${key}, now(), 1)
    on conflict (key) do update set
      count = case when ${isOver} then 1 else used.count + 1 end,
      window_start = case when ${isOver} then now() else used.window_start end
    returning count, ceil(extract(epoch from window_start - now()) + ${windowSeconds})::int as ends_in`.execute(db);
  const used = rows[0] ?? { count: 0, endsIn: 0 };
  return { allowed: used.count <= limit, retryAfterSeconds: Math.max(1, used.endsIn) };
}

/** Uncounts one use that turned out not to count. */
export async function giveBackToBucket(db: Queryable, key: string): Promise<void> {
  await sql`update rate_limits set count = count - 1 where key = ${key} and count > 0`.execute(db);
}

/** Whether this key was counted in the last day. */
export async function wasCounted(db: Queryable, key: string): Promise<boolean> {
  const row = await db.selectFrom('rateLimits').select('key').where('key', '=', key).executeTakeFirst();
  return row !== undefined;
}

/** Forgets what was counted; a key may be a pattern of LIKE. @returns the keys of which the newest window was full */
export async function emptyBuckets(db: Queryable, buckets: readonly Bucket[]): Promise<readonly string[]> {
  const full: string[] = [];
  for (const { key, limit, windowSeconds } of buckets) {
    const counted = await db
      .deleteFrom('rateLimits')
      .where('key', 'like', key)
      .returning([
        'key',
        'count',
        sql<boolean>`window_start + make_interval(secs => ${windowSeconds}) > now()`.as('isOpen'),
      ])
      .execute();
    full.push(...counted.filter(({ count, isOpen }) => isOpen && count >= limit).map((row) => row.key));
  }
  return full;
}

/** Hashed addresses are kept for a day at most. */
export async function forgetOldBuckets(db: Queryable): Promise<void> {
  await db
    .deleteFrom('rateLimits')
    .where('windowStart', '<', sql<Date>`now() - interval '1 day'`)
    .execute();
}
