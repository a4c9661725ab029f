import { sql, type Selectable } from 'kysely';
import type { ProspectEnd } from '../../../workflows/contract/prospect.ts';
import type { Terms } from '../../../workflows/domain/terms.ts';
import type { Queryable } from '../database.ts';
import type { Prospects } from '../schema.ts';
import type { Identity, SignupRow } from './signups.ts';

export type Prospect = Omit<Selectable<Prospects>, 'terms'> & { readonly terms: Terms };

/** Why somebody with an identity elsewhere is not a customer. */
export type Refusal = 'no_subject' | 'no_address' | 'unusable_address' | 'address_taken';

export interface NewProspect
  extends Pick<SignupRow, 'customerId' | 'fullName' | 'region' | 'terms'>, Partial<Identity> {
  readonly companyName: string | null;
  readonly email: string | null;
  readonly emailNorm: string | null;
  readonly kind: 'checkout' | 'hook' | 'wizard';
  /** `ready`: they do not have to do anything first. */
  readonly state: 'open' | 'ready' | 'refused';
  /** Of one who is refused from the start. */
  readonly refusedFor?: Refusal;
  readonly endedAt?: Date;
  readonly requestKey: string;
  readonly remindAt: Date;
  readonly abandonAt: Date;
}

const asProspect = (row: Selectable<Prospects>): Prospect => ({ ...row, terms: row.terms as unknown as Terms });

/** Stores one; the same request again is the same prospect. */
export async function insertProspect(db: Queryable, { terms, ...prospect }: NewProspect): Promise<Prospect> {
  const inserted = await db
    .insertInto('prospects')
    .values({ ...prospect, profile: terms.profile, terms: JSON.stringify(terms) })
    .onConflict((conflict) => conflict.columns(['profile', 'requestKey']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted) return asProspect(inserted);
  const known = await findProspectOfRequest(db, { profile: terms.profile, requestKey: prospect.requestKey });
  if (!known) throw new Error('The prospect of this request went away while it was read.');
  return known;
}

async function findBy(
  db: Queryable,
  known: Partial<Pick<Prospect, 'customerId' | 'profile' | 'requestKey' | 'checkoutId'>>,
): Promise<Prospect | undefined> {
  const row = await db
    .selectFrom('prospects')
    .selectAll()
    .where((where) => where.and(known))
    .executeTakeFirst();
  return row && asProspect(row);
}

export const findProspectOfRequest = (
  db: Queryable,
  request: Pick<Prospect, 'profile' | 'requestKey'>,
): Promise<Prospect | undefined> => findBy(db, request);

export const findProspectOfCheckout = (
  db: Queryable,
  checkout: { readonly profile: string; readonly checkoutId: string },
): Promise<Prospect | undefined> => findBy(db, checkout);

export const findProspect = (db: Queryable, customerId: string): Promise<Prospect | undefined> =>
  findBy(db, { customerId });

/** @throws Error when there is none of that id */
export async function getProspect(db: Queryable, customerId: string): Promise<Prospect> {
  const prospect = await findProspect(db, customerId);
  if (!prospect) throw new Error(`There is no prospect ${customerId}.`);
  return prospect;
}

/** Notes why the prospect is about to be refused. */
export async function recordRefusal(db: Queryable, customerId: string, refusedFor: Refusal): Promise<void> {
  await db.updateTable('prospects').set({ refusedFor }).where('customerId', '=', customerId).execute();
}

type Change = Partial<Pick<Prospect, 'stripeCustomerId' | 'stripeTestClockId' | 'checkoutId' | 'checkoutUrl'>>;

/** What they have in Stripe. */
export async function recordProspect(db: Queryable, customerId: string, change: Change): Promise<void> {
  await db.updateTable('prospects').set(change).where('customerId', '=', customerId).execute();
}

export async function markProspectStarted(db: Queryable, customerId: string): Promise<void> {
  await db
    .updateTable('prospects')
    .set({ workflowStartedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .where('workflowStartedAt', 'is', null)
    .execute();
}

/** Those stored longer than `ageSeconds` ago whose workflow nobody saw start. */
export const findUnstartedProspects = (
  db: Queryable,
  { ageSeconds, limit }: { readonly ageSeconds: number; readonly limit: number },
): Promise<readonly Pick<Prospect, 'customerId' | 'remindAt' | 'abandonAt'>[]> =>
  db
    .selectFrom('prospects')
    .select(['customerId', 'remindAt', 'abandonAt'])
    .where('workflowStartedAt', 'is', null)
    .where('endedAt', 'is', null)
    .where('createdAt', '<', sql<Date>`now() - make_interval(secs => ${ageSeconds})`)
    .orderBy('createdAt')
    .limit(limit)
    .execute();

export interface RefusedIdentity {
  readonly customerId: string;
  readonly subject: string | null;
  readonly refusedFor: string;
  readonly createdAt: Date;
}

/** People with an identity elsewhere who were refused in the last days and are no customers, the oldest first. */
export async function refusedIdentities(
  db: Queryable,
  { days, limit }: { readonly days: number; readonly limit: number },
): Promise<readonly RefusedIdentity[]> {
  const rows = await db
    .selectFrom('prospects as p')
    .select(['p.customerId', 'p.subject', 'p.refusedFor', 'p.createdAt'])
    .where('p.state', '=', 'refused')
    .where('p.refusedFor', 'is not', null)
    .where('p.endedAt', '>', sql<Date>`now() - make_interval(days => ${days})`)
    .where(sql<boolean>`not exists (select from customers c where c.profile = p.profile and c.subject = p.subject)`)
    .orderBy('p.endedAt')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, refusedFor: row.refusedFor ?? '' }));
}

/** Claims the one reminder. @returns whether it is the caller's to send */
export async function claimReminder(db: Queryable, customerId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('prospects')
    .set({ remindedAt: sql<Date>`now()` })
    .where('customerId', '=', customerId)
    .where('remindedAt', 'is', null)
    .where('endedAt', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** For a reminder that certainly did not go out. */
export async function releaseReminder(db: Queryable, customerId: string): Promise<void> {
  await db.updateTable('prospects').set({ remindedAt: null }).where('customerId', '=', customerId).execute();
}

/** The person is a customer, or is deleted here: what they typed is removed. */
export async function endProspect(db: Queryable, customerId: string, end: ProspectEnd): Promise<void> {
  const nobody = { email: null, emailNorm: null, companyName: null, fullName: null, checkoutUrl: null };
  const unnamed = { identityName: null, givenName: null, familyName: null };
  await db
    .updateTable('prospects')
    .set({ ...nobody, ...unnamed, state: end, endedAt: sql<Date>`coalesce(ended_at, now())` })
    // Without it support could not find the identity of a person who is not a customer.
    .$if(end !== 'refused', (query) => query.set({ subject: null }))
    .where('customerId', '=', customerId)
    .execute();
}

/** Which of these ids belong to open prospects. */
export async function openProspects(db: Queryable, customerIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('prospects')
    .select('customerId')
    .where('endedAt', 'is', null)
    .where('customerId', '=', sql<string>`any(${customerIds})`)
    .execute();
  return new Set(rows.map(({ customerId }) => customerId));
}

/** The one an event of Stripe is about, by our id or by theirs. */
export async function findEventProspect(
  db: Queryable,
  by: { readonly customerId: string | null; readonly stripeCustomerId: string | null },
): Promise<{ readonly customerId: string; readonly started: boolean } | undefined> {
  const row = await db
    .selectFrom('prospects')
    .select(['customerId', 'workflowStartedAt'])
    .where('endedAt', 'is', null)
    .where((where) =>
      where.or([
        where('customerId', '=', by.customerId ?? ''),
        where('stripeCustomerId', '=', by.stripeCustomerId ?? ''),
      ]),
    )
    .executeTakeFirst();
  return row && { customerId: row.customerId, started: row.workflowStartedAt !== null };
}
