import type { Selectable } from 'kysely';
import type { Queryable } from '../database.ts';
import type { Entitlements } from '../schema.ts';

export interface StackView {
  readonly status: string;
  readonly version: number;
  readonly lastOperation: string | null;
  readonly lastResult: string | null;
  readonly lastError: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly progress: readonly { readonly resource: string; readonly state: string }[];
}

/** The stack as pages and support see it; undefined until the first operation. */
export async function viewStack(db: Queryable, customerId: string): Promise<StackView | undefined> {
  const row = await db
    .selectFrom('stacks')
    .select(['status', 'version', 'lastOperation', 'lastResult', 'lastError', 'startedAt', 'endedAt', 'progress'])
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  return row && { ...row, progress: (row.progress ?? []) as unknown as StackView['progress'] };
}

export type EntitlementsView = Selectable<Entitlements>;

/** The account's entitlements (S2-4); undefined when none were ever written. */
export async function viewEntitlements(db: Queryable, customerId: string): Promise<EntitlementsView | undefined> {
  return db.selectFrom('entitlements').selectAll().where('customerId', '=', customerId).executeTakeFirst();
}
