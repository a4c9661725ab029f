import { sql } from 'kysely';
import type { Comparison, DifferenceKind, SeenKind } from '../../../workflows/domain/differences.ts';
import type { Queryable } from '../database.ts';

/** A shorter difference is just a customer in the middle of a change. */
export const COUNTS_AFTER_SECONDS = 60;

export interface Difference {
  /** Empty: it is about no customer in particular. */
  readonly customerId: string;
  readonly kind: DifferenceKind;
  /** The object it was seen in, where there may be several; otherwise empty. */
  readonly subject: string;
  readonly details: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
}

/** What makes an alert one: support is told once of each. */
interface AlertKey {
  readonly kind: DifferenceKind;
  /** Empty: the kind says everything. */
  readonly cause: string;
  /** The product whose customers differ. Empty: nobody's in particular. */
  readonly profile: string;
}

/** A kind and cause that has lasted, and how many customers of a product have it. */
export interface DifferenceAlert extends AlertKey {
  readonly since: Date;
  readonly customers: number;
}

const counts = (afterSeconds: number) => sql<boolean>`
  differences.last_seen - differences.first_seen >= make_interval(secs => ${afterSeconds})`;

/** Who signed up, but was refused, is known as a prospect alone. */
const profile = sql<string>`coalesce(
  (select profile from customers where customers.customer_id = differences.customer_id),
  (select profile from prospects where prospects.customer_id = differences.customer_id), '')`;

const isOfAlert = sql<boolean>`differences.kind = difference_alerts.kind and differences.cause = difference_alerts.cause
  and ${profile} = difference_alerts.profile`;

/** What was seen: `details` in words, null when nothing differs. */
interface Verdict {
  readonly customerId: string;
  readonly kind: DifferenceKind;
  readonly subject: string;
  readonly cause: string;
  readonly details: string | null;
}

async function noteVerdicts(db: Queryable, verdicts: readonly Verdict[]): Promise<void> {
  const gone = verdicts.filter(({ details }) => details === null);
  const found = verdicts.flatMap(({ details, ...of }) => (details === null ? [] : [{ ...of, details }]));
  const each = (column: 'customerId' | 'kind' | 'subject') => sql`${gone.map((verdict) => verdict[column])}::text[]`;
  if (gone.length > 0)
    await sql`
      delete from differences using unnest(${each('customerId')}, ${each('kind')}, ${each('subject')})
        as gone (of_customer, of_kind, of_subject)
      where customer_id = of_customer and kind = of_kind and subject = of_subject`.execute(db);
  if (found.length === 0) return;
  // Once it counts, it stays under the cause by which it was reported, even if it shows in another way now.
  const cause = sql<string>`case when ${counts(COUNTS_AFTER_SECONDS)}
    then differences.cause else excluded.cause end`;
  const now = { lastSeen: sql<Date>`now()`, cause, details: sql<string>`excluded.details` };
  await db
    .insertInto('differences')
    .values(found)
    .onConflict((conflict) => conflict.columns(['customerId', 'kind', 'subject']).doUpdateSet(now))
    .execute();
}

/** Updates the differences of these customers to what was found; what was not judged stays. */
export const noteComparisons = (db: Queryable, comparisons: ReadonlyMap<string, Comparison>): Promise<void> =>
  noteVerdicts(
    db,
    [...comparisons].flatMap(([customerId, comparison]) =>
      [...comparison].map(([kind, details]) => ({ customerId, kind, details, subject: '', cause: '' })),
    ),
  );

/** A workflow or an instance that was checked, and what is wrong with it; null when it is well. */
export interface Seen {
  readonly customerId: string;
  readonly subject: string;
  readonly wrong: string | null;
}

/** Updates the differences of these workflows or instances to what was seen. */
export const noteSeen = (db: Queryable, kind: SeenKind, seen: readonly Seen[]): Promise<void> =>
  noteVerdicts(
    db,
    seen.map(({ customerId, subject, wrong }) => {
      const details = wrong === null || subject === '' ? wrong : `${subject}: ${wrong}`;
      return { customerId, kind, subject, cause: wrong ?? '', details };
    }),
  );

/** Deletes differences about no customer in particular from an observer that has not looked for a while. */
export async function forgetUnseen(db: Queryable, kind: SeenKind, afterSeconds: number): Promise<void> {
  await db
    .deleteFrom('differences')
    .where('kind', '=', kind)
    .where('customerId', '=', '')
    .where('lastSeen', '<', sql<Date>`now() - make_interval(secs => ${afterSeconds})`)
    .execute();
}

/** What was wrong and may be well by now, the longest unchecked first. */
export const whereSeen = (
  db: Queryable,
  kind: SeenKind,
  limit: number,
): Promise<readonly Pick<Difference, 'customerId' | 'subject'>[]> =>
  db
    .selectFrom('differences')
    .select(['customerId', 'subject'])
    .where('kind', '=', kind)
    .orderBy('lastSeen')
    .limit(limit)
    .execute();

/** Customers with such a difference, the longest unchecked first. */
export async function customersWhoDiffer(
  db: Queryable,
  { limit, kinds }: { readonly limit: number; readonly kinds: readonly DifferenceKind[] },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('differences')
    .select('customerId')
    .where('kind', 'in', kinds)
    .groupBy('customerId')
    .orderBy(sql`min(last_seen)`)
    .limit(limit)
    .execute();
  return rows.map(({ customerId }) => customerId);
}

interface Wanted {
  readonly customerId?: string | undefined;
  readonly kinds?: readonly DifferenceKind[];
  readonly cause?: string;
  readonly profile?: string;
  readonly limit: number;
  readonly afterSeconds?: number;
}

/** Those that have lasted, by kind and then the oldest first. */
export async function listDifferences(
  db: Queryable,
  { customerId, kinds, cause, profile: of, limit, afterSeconds = COUNTS_AFTER_SECONDS }: Wanted,
): Promise<readonly Difference[]> {
  const rows = await db
    .selectFrom('differences')
    .select(['customerId', 'kind', 'subject', 'details', 'firstSeen', 'lastSeen'])
    .where(counts(afterSeconds))
    .$if(customerId !== undefined, (query) => query.where('customerId', '=', customerId ?? ''))
    .$if(kinds !== undefined, (query) => query.where('kind', 'in', kinds ?? []))
    .$if(cause !== undefined, (query) => query.where('cause', '=', cause ?? ''))
    .$if(of !== undefined, (query) => query.where(profile, '=', of ?? ''))
    .orderBy('kind')
    .orderBy('firstSeen')
    .orderBy('customerId')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, kind: row.kind as DifferenceKind }));
}

/**
 * Opens an alert for each kind, cause and product that has lasted, brings its number up to date, and ends those that are
 * over.
 */
export async function followDifferences(db: Queryable, afterSeconds: number): Promise<void> {
  await sql`
    insert into difference_alerts (kind, cause, profile, since, customers)
    select kind, cause, ${profile} as profile, min(first_seen), count(distinct nullif(customer_id, ''))
    from differences where ${counts(afterSeconds)} group by 1, 2, 3
    on conflict (kind, cause, profile) do update set customers = excluded.customers`.execute(db);
  await sql`
    delete from difference_alerts where not exists (
      select from differences where ${isOfAlert} and ${counts(afterSeconds)})`.execute(db);
}

const COLUMNS = ['kind', 'cause', 'profile', 'since', 'customers'] as const;
const asAlert = (row: Omit<DifferenceAlert, 'kind'> & { kind: string }): DifferenceAlert => ({
  ...row,
  kind: row.kind as DifferenceKind,
});

/** Kinds that last now, the longest first. */
export async function openDifferenceAlerts(db: Queryable): Promise<readonly DifferenceAlert[]> {
  return (await db.selectFrom('differenceAlerts').select(COLUMNS).orderBy('since').execute()).map(asAlert);
}

/** A difference that nobody can resolve soon must not hide later ones of the same kind. */
const hasGrown = (afterSeconds: number) => sql<boolean>`alerted_at < now() - interval '1 hour' and exists (
  select from differences where ${isOfAlert}
    and ${counts(afterSeconds)} and first_seen + make_interval(secs => ${afterSeconds}) > alerted_at)`;

/**
 * Takes the alerts that support was not told about, or that have grown since, at most once an hour. The caller tells
 * support.
 */
export async function takeUnannouncedDifferences(
  db: Queryable,
  afterSeconds: number,
): Promise<readonly DifferenceAlert[]> {
  const rows = await db
    .updateTable('differenceAlerts')
    .set({ alertedAt: sql`now()` })
    .where((where) => where.or([where('alertedAt', 'is', null), hasGrown(afterSeconds)]))
    .returning(COLUMNS)
    .execute();
  return rows.map(asAlert);
}

/** Support could not be told; somebody tries again. */
export async function unmarkAnnounced(db: Queryable, { kind, cause, profile }: AlertKey): Promise<void> {
  await db
    .updateTable('differenceAlerts')
    .set({ alertedAt: null })
    .where('kind', '=', kind)
    .where('cause', '=', cause)
    .where('profile', '=', profile)
    .execute();
}
