import { sql } from 'kysely';
import type { RequestedRefund } from '../../../workflows/domain/differences.ts';
import type { Queryable } from '../database.ts';

const about = (order: string) => sql`o.customer_id = ${sql.ref(order)}.customer_id`;

/**
 * Requests `o` that were neither made nor refused. A caller without an answer may have requested the same again under
 * another key; once that is made, nothing is due.
 */
const isOpen = sql<boolean>`o.action = 'command.refund' and not exists (
  select from audit_events e where ${about('e')} and e.action in ('refund.made', 'refund.refused')
    and e.details->'orderedBy' = to_jsonb(o.audit_id)
) and not exists (
  select from audit_events again join audit_events made
    on made.customer_id = again.customer_id and made.action = 'refund.made'
    and made.details->'orderedBy' = to_jsonb(again.audit_id)
  where ${about('again')} and again.action = 'command.refund' and again.audit_id > o.audit_id
    and again.details->'invoiceId' = o.details->'invoiceId'
    and again.details->'amount' is not distinct from o.details->'amount')`;

/** Refunds of one customer that were ordered, and of which Postgres knows no outcome. */
export const openRefunds = sql<readonly RequestedRefund[]>`(
  select coalesce(jsonb_agg(jsonb_build_object(
    'auditId', o.audit_id, 'actor', o.actor, 'commandId', o.command_id, 'at', o.at,
    'invoiceId', o.details->'invoiceId', 'amount', o.details->'amount', 'currency', o.details->'currency') order by o.audit_id), '[]')
  from audit_events o where o.customer_id = c.customer_id and ${isOpen})`;

/** Customers with such refunds, ordered a while ago; those who have left too. */
export async function customersWithOpenRefunds(
  db: Queryable,
  { orderedBefore, limit }: { readonly orderedBefore: Date; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await sql<{ customerId: string }>`
    select distinct o.customer_id from audit_events o where ${isOpen} and o.at < ${orderedBefore}
    limit ${limit}`.execute(db);
  return rows.map(({ customerId }) => customerId);
}
