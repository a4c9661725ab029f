import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Entitlement {
  readonly status: 'active' | 'trialing' | 'past_due' | 'canceled' | 'none';
  /** Stripe price id. */
  readonly plan: string | null;
  readonly currentPeriodEnd: Date | null;
  readonly trialExpiresAt: Date | null;
}

export async function saveEntitlement(db: Queryable, customerId: string, entitlement: Entitlement): Promise<void> {
  await db
    .insertInto('entitlements')
    .values({ customerId, ...entitlement })
    .onConflict((conflict) => conflict.column('customerId').doUpdateSet({ ...entitlement, updatedAt: sql`now()` }))
    .execute();
}

/** After the end of every subscription. Who never had one keeps `none`. */
export async function cancelEntitlement(db: Queryable, customerId: string): Promise<void> {
  await db
    .updateTable('entitlements')
    .set({ status: 'canceled', updatedAt: sql`now()` })
    .where('customerId', '=', customerId)
    .where('status', 'not in', ['none', 'canceled'])
    .execute();
}
