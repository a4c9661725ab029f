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
  const { customerId, actor, action, reason = null, details = {} } = event;
  const row = await db
    .insertInto('auditEvents')
    .values({ customerId, actor, action, reason, details: JSON.stringify(details) })
    .returning('auditId')
    .executeTakeFirstOrThrow();
  return row.auditId;
}
