import { sql } from 'kysely';
import type { CustomerRecord } from '../../../workflows/domain/differences.ts';
import { PHASES_OF_LIFE, type Phase } from '../../../workflows/domain/lifecycle.ts';
import type { Queryable } from '../database.ts';
import { openRefunds } from './refund-requests.ts';

const inDoubt = sql<string[]>`array(
  select step from alerts
  where alerts.customer_id = c.customer_id and error_type = 'MailAnswerLost' and resolved_at is null order by step)`;

/** A request is always accepted; only an erasure that is already running is not started again. */
const erasureOrderedAt = sql<Date | null>`(
  select max(at) from audit_events a where a.customer_id = c.customer_id and action = 'command.eraseAccount'
  and not exists (select from audit_events e where e.customer_id = c.customer_id and e.action = 'person.erased'))`;

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** Customers who have left and whose erasure was ordered a while ago but has not happened. */
export async function customersOwedErasure(
  db: Queryable,
  { orderedBefore, limit }: { readonly orderedBefore: Date; readonly limit: number },
): Promise<readonly string[]> {
  // Starts from the few requests, not from all customers who ever left.
  const { rows } = await sql<{ customerId: string }>`
    select distinct a.customer_id from audit_events a join customers c using (customer_id)
    where action = 'command.eraseAccount' and c.phase = 'ended' and ${erasureOrderedAt} < ${orderedBefore}
    limit ${limit}`.execute(db);
  return rows.map(({ customerId }) => customerId);
}

/** Customers with mails in doubt that are not reported yet, including those who have left. */
export async function customersWithMailsInDoubt(db: Queryable, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ customerId: string }>`
    select distinct customer_id from alerts a
    where error_type = 'MailAnswerLost' and resolved_at is null and not exists (
      select from differences d where d.customer_id = a.customer_id and kind = 'mail_in_doubt')
    limit ${limit}`.execute(db);
  return rows.map(({ customerId }) => customerId);
}

/** What Postgres says of these customers; those it does not know are left out. */
export async function readCustomerRecords(
  db: Queryable,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, CustomerRecord>> {
  if (customerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('customers as c')
    .leftJoin('entitlements as e', 'e.customerId', 'c.customerId')
    .select(['c.customerId', 'c.phase', 'c.workflowStartedAt', 'c.trialEndsAt'])
    .select(['e.status', 'e.plan', 'e.currentPeriodEnd', 'e.trialExpiresAt'])
    .select([inDoubt.as('mailsInDoubt'), erasureOrderedAt.as('erasureOrderedAt'), openRefunds.as('openRefunds')])
    .where('c.customerId', 'in', customerIds)
    .execute();
  return new Map(
    rows.map(({ customerId, status, plan, currentPeriodEnd, trialExpiresAt, ...row }) => {
      const { phase, workflowStartedAt, trialEndsAt, mailsInDoubt, erasureOrderedAt: ordered } = row;
      const dates = { currentPeriodEnd: iso(currentPeriodEnd), trialExpiresAt: iso(trialExpiresAt) };
      return [
        customerId,
        {
          ...{ phase: phase as Phase, started: workflowStartedAt !== null, trialEndsAt: iso(trialEndsAt) },
          ...{ mailsInDoubt, erasureOrderedAt: iso(ordered), openRefunds: row.openRefunds },
          entitlement: status === null ? null : { status, plan, ...dates },
        },
      ];
    }),
  );
}

/** How many customers of each product have not left. */
export const livingByProduct = (
  db: Queryable,
): Promise<readonly { readonly profile: string; readonly customers: number }[]> =>
  db
    .selectFrom('customers')
    .select(['profile', ({ fn }) => fn.countAll<number>().as('customers')])
    .where('phase', '!=', 'ended')
    .groupBy('profile')
    .execute();

/** Those of these customers whose instance should exist: the ones who are onboarded and are not leaving. */
export async function customersWithInstances(
  db: Queryable,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('customers')
    .select('customerId')
    .where('phase', 'in', PHASES_OF_LIFE)
    .where('customerId', '=', sql<string>`any(${customerIds})`)
    .execute();
  return new Set(rows.map(({ customerId }) => customerId));
}

/** Notes that a worker has found the instances of these customers; each one every five minutes. */
export async function noteInstancesSeen(db: Queryable, customerIds: readonly string[]): Promise<void> {
  await db
    .updateTable('stacks')
    .set({ instanceSeenAt: sql<Date>`now()` })
    .where('customerId', '=', sql<string>`any(${customerIds})`)
    .where(sql<boolean>`coalesce(instance_seen_at < now() - interval '5 minutes', true)`)
    .execute();
}

/** Those whose instance should be there, by their stack too, and was found by no worker for so long. */
export async function customersWithLostInstances(
  db: Queryable,
  { unseenSeconds, limit }: { readonly unseenSeconds: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('customers')
    .innerJoin('stacks', 'stacks.customerId', 'customers.customerId')
    .select('customers.customerId')
    .where('customers.phase', 'in', PHASES_OF_LIFE)
    .where('stacks.status', '=', 'ready')
    .where(
      sql<boolean>`coalesce(greatest(stacks.instance_seen_at, stacks.ended_at), stacks.updated_at)
        < now() - make_interval(secs => ${unseenSeconds})`,
    )
    .orderBy('customers.customerId')
    .limit(limit)
    .execute();
  return rows.map(({ customerId }) => customerId);
}

/** The next ids of customers who have not left, by id. */
export async function nextLivingCustomers(
  db: Queryable,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('customers')
    .select('customerId')
    .where('phase', '!=', 'ended')
    .where('customerId', '>', after ?? '')
    .orderBy('customerId')
    .limit(limit)
    .execute();
  return rows.map(({ customerId }) => customerId);
}
