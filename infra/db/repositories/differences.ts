import { sql } from 'kysely';
import type { Comparison, DifferenceKind } from '../../../workflows/domain/differences.ts';
import type { Queryable } from '../database.ts';

/** Shorter ones are a customer who is moving on, seen in the middle of it. */
export const COUNTS_AFTER_SECONDS = 60;

export interface Difference {
  readonly customerId: string;
  readonly kind: DifferenceKind;
  readonly details: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** A kind that has lasted, and whom it holds. */
export interface DifferenceAlert {
  readonly kind: DifferenceKind;
  readonly since: Date;
  readonly customers: number;
}

const counts = (afterSeconds: number) => sql<boolean>`last_seen - first_seen >= make_interval(secs => ${afterSeconds})`;

/** Brings what is kept of these customers in line with what was found; what was not judged stays. */
export async function noteComparisons(db: Queryable, comparisons: ReadonlyMap<string, Comparison>): Promise<void> {
  const verdicts = [...comparisons].flatMap(([customerId, comparison]) =>
    [...comparison].map(([kind, details]) => ({ customerId, kind, details })),
  );
  const gone = verdicts.filter(({ details }) => details === null);
  const found = verdicts.flatMap(({ details, ...of }) => (details === null ? [] : [{ ...of, details }]));
  if (gone.length > 0)
    await sql`
      delete from differences using unnest(${gone.map(({ customerId }) => customerId)}::text[],
        ${gone.map(({ kind }) => kind)}::text[]) as gone (id, of_kind)
      where customer_id = gone.id and kind = gone.of_kind`.execute(db);
  if (found.length === 0) return;
  await db
    .insertInto('differences')
    .values(found)
    .onConflict((conflict) =>
      conflict.columns(['customerId', 'kind']).doUpdateSet({ lastSeen: sql`now()`, details: sql`excluded.details` }),
    )
    .execute();
}

/** Customers who differ, those who were looked at longest ago first. */
export async function customersWhoDiffer(
  db: Queryable,
  { limit, kinds }: { readonly limit: number; readonly kinds?: readonly DifferenceKind[] },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('differences')
    .select('customerId')
    .$if(kinds !== undefined, (query) => query.where('kind', 'in', kinds ?? []))
    .groupBy('customerId')
    .orderBy(sql`min(last_seen)`)
    .limit(limit)
    .execute();
  return rows.map(({ customerId }) => customerId);
}

interface Wanted {
  readonly customerId?: string | undefined;
  readonly kind?: DifferenceKind;
  readonly limit: number;
  readonly afterSeconds?: number;
}

/** Those that have lasted, by kind and then the oldest first. */
export async function listDifferences(
  db: Queryable,
  { customerId, kind, limit, afterSeconds = COUNTS_AFTER_SECONDS }: Wanted,
): Promise<readonly Difference[]> {
  const rows = await db
    .selectFrom('differences')
    .selectAll()
    .where(counts(afterSeconds))
    .$if(customerId !== undefined, (query) => query.where('customerId', '=', customerId ?? ''))
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
    .orderBy('kind')
    .orderBy('firstSeen')
    .orderBy('customerId')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, kind: row.kind as DifferenceKind }));
}

/** Opens an alert for each kind that has lasted, brings its number up to date, and ends those that are over. */
export async function followDifferences(db: Queryable, afterSeconds: number): Promise<void> {
  await sql`
    insert into difference_alerts (kind, since, customers)
    select kind, min(first_seen), count(*) from differences where ${counts(afterSeconds)} group by kind
    on conflict (kind) do update set customers = excluded.customers`.execute(db);
  await sql`
    delete from difference_alerts where not exists (
      select from differences where differences.kind = difference_alerts.kind and ${counts(afterSeconds)})`.execute(db);
}

const COLUMNS = ['kind', 'since', 'customers'] as const;
const asAlert = (row: { kind: string; since: Date; customers: number }): DifferenceAlert => ({
  ...row,
  kind: row.kind as DifferenceKind,
});

/** Kinds that last now, the longest first. */
export async function openDifferenceAlerts(db: Queryable): Promise<readonly DifferenceAlert[]> {
  return (await db.selectFrom('differenceAlerts').select(COLUMNS).orderBy('since').execute()).map(asAlert);
}

/** Takes the alerts that support was not told of: whoever gets one tells it. */
export async function takeUntoldDifferences(db: Queryable): Promise<readonly DifferenceAlert[]> {
  const rows = await db
    .updateTable('differenceAlerts')
    .set({ alertedAt: sql`now()` })
    .where('alertedAt', 'is', null)
    .returning(COLUMNS)
    .execute();
  return rows.map(asAlert);
}

/** Support could not be told; somebody tries again. */
export async function untellDifference(db: Queryable, kind: DifferenceKind): Promise<void> {
  await db.updateTable('differenceAlerts').set({ alertedAt: null }).where('kind', '=', kind).execute();
}
