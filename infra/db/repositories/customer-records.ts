import type { CustomerRecord } from '../../../workflows/domain/differences.ts';
import type { Phase } from '../../../workflows/domain/lifecycle.ts';
import type { Queryable } from '../database.ts';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

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
    .where('c.customerId', 'in', customerIds)
    .execute();
  return new Map(
    rows.map(
      ({ customerId, phase, workflowStartedAt, trialEndsAt, status, plan, currentPeriodEnd, trialExpiresAt }) => {
        const dates = { currentPeriodEnd: iso(currentPeriodEnd), trialExpiresAt: iso(trialExpiresAt) };
        return [
          customerId,
          {
            ...{ phase: phase as Phase, started: workflowStartedAt !== null, trialEndsAt: iso(trialEndsAt) },
            entitlement: status === null ? null : { status, plan, ...dates },
          },
        ];
      },
    ),
  );
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
