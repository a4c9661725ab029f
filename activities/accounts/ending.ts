import type { Database } from '../../infra/db/database.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import * as customers from '../../infra/db/repositories/customers.ts';

/** The customer has left; address and host name are free again. */
export async function endCustomer(
  database: Database,
  { customerId, reason }: { readonly customerId: string; readonly reason: string },
): Promise<void> {
  const before = await customers.getCustomer(database, customerId);
  if (before.phase === 'ended') return;
  await database.transaction().execute(async (tx) => {
    await customers.recordEnd(tx, customerId);
    const details = { from: before.phase, reason };
    await appendAudit(tx, { customerId, actor: 'system', action: 'phase.ended', details });
  });
}

/** Erases the person. What remains, the invoices and the audit trail, has ids and amounts only. */
export async function eraseCustomer(
  database: Database,
  { customerId }: { readonly customerId: string },
): Promise<void> {
  await database.transaction().execute(async (tx) => {
    await customers.recordEnd(tx, customerId);
    await customers.forgetPerson(tx, customerId);
    await appendAudit(tx, { customerId, actor: 'system', action: 'person.erased' });
  });
}
