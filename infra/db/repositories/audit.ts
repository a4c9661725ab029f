import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import type { JsonObject } from '../schema.ts';

export interface AuditEvent {
  readonly customerId: string | null;
  /** `customer`, `system`, or who of the staff. */
  readonly actor: string;
  readonly action: string;
  /** What the person typed. It stays here: messages carry the id of the row. */
  readonly reason?: string;
  readonly details?: JsonObject;
  /** Of the command this is the order of: sent again, it is the same event. */
  readonly commandId?: string;
}

/** Whether an event of that action already names this refund, step or whatever it is about. */
export async function isAudited(
  db: Queryable,
  customerId: string,
  action: string,
  details: JsonObject,
): Promise<boolean> {
  const row = await db
    .selectFrom('auditEvents')
    .select('auditId')
    .where('customerId', '=', customerId)
    .where('action', '=', action)
    .where(sql<boolean>`details @> ${JSON.stringify(details)}::jsonb`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Adds an event; the table is insert only. @returns its id, for messages that must not carry what was typed */
export async function appendAudit(db: Queryable, event: AuditEvent): Promise<number> {
  const { customerId, actor, action, reason = null, details = {}, commandId = null } = event;
  const row = await db
    .insertInto('auditEvents')
    .values({ customerId, actor, action, reason, commandId, details: JSON.stringify(details) })
    .onConflict((conflict) => conflict.columns(['customerId', 'action', 'commandId']).doNothing())
    .returning('auditId')
    .executeTakeFirst();
  return row?.auditId ?? findOrder(db, event);
}

interface RecordedOrder {
  readonly auditId: number;
  readonly isNew: boolean;
  /** Whether the row that is there is of the same person, and asks for the same. */
  readonly isSame: boolean;
}

/**
 * Adds an order, or finds the one of that command. What was found before and after it is none of what was asked; nor are
 * the words of the reason.
 */
export async function appendOrder(
  db: Queryable,
  order: AuditEvent & { readonly customerId: string; readonly commandId: string },
): Promise<RecordedOrder> {
  const { customerId, actor, action, reason = null, commandId } = order;
  const details = JSON.stringify(order.details ?? {});
  const added = await db
    .insertInto('auditEvents')
    .values({ customerId, actor, action, reason, commandId, details })
    .onConflict((conflict) => conflict.columns(['customerId', 'action', 'commandId']).doNothing())
    .returning('auditId')
    .executeTakeFirst();
  if (added) return { auditId: added.auditId, isNew: true, isSame: true };
  const found = sql.raw("array['before', 'after', 'stackLock']");
  const known = await db
    .selectFrom('auditEvents')
    .select(['auditId', 'actor', sql<boolean>`details - ${found} = ${details}::jsonb - ${found}`.as('asksTheSame')])
    .where('customerId', '=', customerId)
    .where('action', '=', action)
    .where('commandId', '=', commandId)
    .executeTakeFirstOrThrow();
  return { auditId: known.auditId, isNew: false, isSame: known.actor === actor && known.asksTheSame };
}

async function findOrder(db: Queryable, { customerId, action, commandId = '' }: AuditEvent): Promise<number> {
  const { auditId } = await db
    .selectFrom('auditEvents')
    .select('auditId')
    .where('customerId', '=', customerId)
    .where('action', '=', action)
    .where('commandId', '=', commandId)
    .executeTakeFirstOrThrow();
  return auditId;
}

/** An actor as people know them: with the name that a session of the staff was opened under. */
export const namedActor = (actor: string) => sql<string>`coalesce((
  select s.details->>'name' || ' (' || s.actor || ')' from audit_events s
  where s.action = 'staff.signed_in' and s.actor = ${sql.ref(actor)} limit 1), ${sql.ref(actor)})`;
