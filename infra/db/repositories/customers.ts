import { sql, type Selectable, type Updateable } from 'kysely';
import type { Phase, StandingMode } from '../../../workflows/domain/lifecycle.ts';
import type { Terms } from '../../../workflows/domain/terms.ts';
import { holdSlugBack } from './slugs.ts';
import type { Queryable } from '../database.ts';
import type { Customers } from '../schema.ts';
import { UnknownCustomerError } from '../unknown-customer.ts';
import { forgetDevicesOf } from './trusted-devices.ts';

/** What the instance lets them do, or why there is no instance. */
export type Standing = StandingMode | 'pending' | 'failed' | 'ended';

/** The card that Stripe charges. */
export interface Card {
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
}

/** What Postgres keeps as text or JSON has the types here that its constraints and its writers hold it to. */
interface Known {
  readonly phase: Phase;
  readonly standing: Standing;
  readonly terms: Terms;
  readonly card: Card | null;
}
export type Customer = Omit<Selectable<Customers>, keyof Known> & Known;

const known = ({ phase, standing, terms, card }: Selectable<Customers>): Known => ({
  phase: phase as Phase,
  standing: standing as Standing,
  terms: terms as unknown as Terms,
  card: card as unknown as Card | null,
});

/** The product of a customer, or of a prospect who may become one. */
export async function findProductOf(db: Queryable, customerId: string): Promise<string | undefined> {
  const of = (table: 'customers' | 'prospects') =>
    db.selectFrom(table).select('profile').where('customerId', '=', customerId).executeTakeFirst();
  return ((await of('customers')) ?? (await of('prospects')))?.profile;
}

/** @returns the customer, or undefined when there is none of that id */
export async function findCustomer(db: Queryable, customerId: string): Promise<Customer | undefined> {
  const row = await db.selectFrom('customers').selectAll().where('customerId', '=', customerId).executeTakeFirst();
  return row && { ...row, ...known(row) };
}

/** The customer with that identity, also one who has left. */
export async function findCustomerOfSubject(
  db: Queryable,
  identity: { readonly profile: string; readonly subject: string },
): Promise<Customer | undefined> {
  const row = await db
    .selectFrom('customers')
    .selectAll()
    .where((where) => where.and(identity))
    .executeTakeFirst();
  return row && { ...row, ...known(row) };
}

/** The customers whom the same person was before: they have left and come back. */
export async function findFormer(
  db: Queryable,
  { profile, subject }: Pick<Customer, 'profile' | 'subject'>,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('customers')
    .select('customerId')
    .where('profile', '=', profile)
    .where('formerSubject', '=', subject)
    .execute();
  return rows.map(({ customerId }) => customerId);
}

/** Of one who has left, for the customer whom they become; not while they are being erased, identity and all. */
export async function giveUpSubject(
  db: Queryable,
  { profile, subject }: { readonly profile: string; readonly subject: string },
): Promise<void> {
  await db
    .updateTable('customers')
    .set({ subject: null, formerSubject: subject, updatedAt: sql`now()` })
    .where('profile', '=', profile)
    .where('subject', '=', subject)
    .where('phase', '=', 'ended')
    .where(
      sql<boolean>`exists (select from accounts a where a.customer_id = customers.customer_id and a.closed_at is null)`,
    )
    .execute();
}

/** @throws UnknownCustomerError when there is no such customer */
export async function getCustomer(db: Queryable, customerId: string): Promise<Customer> {
  const customer = await findCustomer(db, customerId);
  if (!customer) throw new UnknownCustomerError(`There is no customer ${customerId}.`);
  return customer;
}

async function change(db: Queryable, customerId: string, values: Updateable<Customers>): Promise<void> {
  await db
    .updateTable('customers')
    .set({ ...values, updatedAt: sql`now()` })
    .where('customerId', '=', customerId)
    .execute();
}

export const recordPhase = (
  db: Queryable,
  customerId: string,
  phase: Phase,
  trialEndsAt: string | null,
): Promise<void> => change(db, customerId, { phase, trialEndsAt, endedAt: null });

export const recordStanding = (
  db: Queryable,
  customerId: string,
  standing: Exclude<Standing, 'ended'>,
): Promise<void> => change(db, customerId, { standing });

/** The generation of the onboarding: increased by every replay. */
export const recordGeneration = (db: Queryable, customerId: string, generation: number): Promise<void> =>
  change(db, customerId, { generation });

export const recordAttention = (db: Queryable, customerId: string, attention: string | null): Promise<void> =>
  change(db, customerId, { attention });

/** After the onboarding, attention is what the open alerts are about; before, it is the failed steps. */
export async function followAlerts(db: Queryable, customerId: string): Promise<void> {
  const open = sql<string | null>`(select string_agg(coalesce(step, kind), ',' order by raised_at) from alerts
    where alerts.customer_id = customers.customer_id and resolved_at is null)`;
  await db
    .updateTable('customers')
    .set({ attention: open, updatedAt: sql`now()` })
    .where('customerId', '=', customerId)
    .where('phase', '!=', 'onboarding')
    .execute();
}

/** The terms that apply from now on. */
export const recordTerms = (
  db: Queryable,
  customerId: string,
  terms: Terms,
  complianceFramework: string | null,
): Promise<void> => change(db, customerId, { plan: terms.plan, terms: JSON.stringify(terms), complianceFramework });

export const recordTrialEnd = (db: Queryable, customerId: string, trialEndsAt: string): Promise<void> =>
  change(db, customerId, { trialEndsAt });

export const recordClock = (db: Queryable, customerId: string, clockOffsetMs: number): Promise<void> =>
  change(db, customerId, { clockOffsetMs });

/** A row that names an object which in Stripe belongs to somebody else would prevent recording it for them. */
async function takeFromOthers(
  db: Queryable,
  customerId: string,
  named: 'stripeCustomerId' | 'stripeSubscriptionId',
  id: string | null,
): Promise<void> {
  if (id === null) return;
  const wrong = db.updateTable('customers').set({ [named]: null, updatedAt: sql`now()` });
  await wrong.where(named, '=', id).where('customerId', '!=', customerId).execute();
}

/** What Stripe says is this customer's. */
export async function recordStripeCustomer(
  db: Queryable,
  customerId: string,
  stripe: { readonly stripeCustomerId: string | null; readonly stripeTestClockId: string | null },
): Promise<void> {
  await takeFromOthers(db, customerId, 'stripeCustomerId', stripe.stripeCustomerId);
  await change(db, customerId, stripe);
}

/** What Stripe says is this customer's; without an id the one that is recorded stays. */
export async function recordSubscription(
  db: Queryable,
  customerId: string,
  {
    card,
    ...subscription
  }: {
    readonly stripeSubscriptionId?: string | null;
    readonly subscriptionStatus: string;
    readonly card?: Card | null;
  },
): Promise<void> {
  await takeFromOthers(db, customerId, 'stripeSubscriptionId', subscription.stripeSubscriptionId ?? null);
  const inJson = card === undefined ? {} : { card: card && JSON.stringify(card) };
  await change(db, customerId, { ...subscription, ...inJson });
}

/**
 * The values that support may correct; a slug or an address of another customer is refused by the unique constraint.
 */
export const correctCustomer = (
  db: Queryable,
  customerId: string,
  patch: Pick<Updateable<Customers>, 'companyName' | 'email' | 'emailNorm' | 'slug' | 'plan' | 'region' | 'terms'>,
): Promise<void> => change(db, customerId, patch);

/** The customer has left; the address is free for others, and after a while the host name too. */
export async function recordEnd(db: Queryable, customerId: string): Promise<void> {
  await holdSlugBack(db, customerId);
  await change(db, customerId, {
    phase: 'ended',
    standing: 'ended',
    attention: null,
    emailNorm: null,
    card: null,
    slug: null,
    endedAt: new Date(),
  });
}

/** Erases the person. Only ids and amounts remain: the legal ledger. */
export async function forgetPerson(db: Queryable, customerId: string): Promise<void> {
  await holdSlugBack(db, customerId);
  await change(db, customerId, {
    email: null,
    emailNorm: null,
    companyName: null,
    fullName: null,
    subject: null,
    formerSubject: null,
    identityName: null,
    givenName: null,
    familyName: null,
    complianceFramework: null,
    card: null,
    slug: null,
    instanceUrl: null,
    deploymentError: null,
  });
  for (const table of ['accounts', 'sessions', 'entitlements', 'apiKeys', 'oneTimeLinks', 'corrections'] as const)
    await db.deleteFrom(table).where('customerId', '=', customerId).execute();
  await forgetDevicesOf(db, customerId);
}
