import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import type { JsonObject } from '../schema.ts';

export interface AuditEvent {
  readonly customerId: string | null;
  /** `customer`, `system`, or a staff session. */
  readonly actor: string;
  readonly action: string;
  /** What the person typed. It stays here: messages carry the id of the row. */
  readonly reason?: string;
  readonly details?: JsonObject;
  /** The id of the command that was requested: sent again, it is the same event. */
  readonly commandId?: string;
}

/** A webhook of Stripe was handed to the workflow of its customer. */
export const WEBHOOK_DONE = 'webhook.done';
/** The stack was `created`, `updated`, `adopted` or `destroyed`, or that `failed`. */
export const OF_STACKS = 'stack.';

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

/** @returns the id of the new row; undefined when there is one of that command */
async function add(db: Queryable, event: AuditEvent): Promise<number | undefined> {
  const { customerId, actor, action, reason = null, details = {}, commandId = null } = event;
  const row = await db
    .insertInto('auditEvents')
    .values({ customerId, actor, action, reason, commandId, details: JSON.stringify(details) })
    .onConflict((conflict) => conflict.columns(['customerId', 'action', 'commandId']).doNothing())
    .returning('auditId')
    .executeTakeFirst();
  return row?.auditId;
}

/**
 * The row of that command. Values found before and after it are not part of the request; neither is the text of the
 * reason.
 */
const known = (db: Queryable, { customerId, action, commandId = '', details = {} }: AuditEvent) => {
  const found = sql.raw("array['before', 'after', 'stackLock']");
  const wanted = JSON.stringify(details);
  return db
    .selectFrom('auditEvents')
    .select(['auditId', 'actor', sql<boolean>`details - ${found} = ${wanted}::jsonb - ${found}`.as('asksTheSame')])
    .where('customerId', '=', customerId)
    .where('action', '=', action)
    .where('commandId', '=', commandId)
    .executeTakeFirstOrThrow();
};

/** Adds an event; the table is insert only. @returns its id, for messages that must not carry what was typed */
export const appendAudit = async (db: Queryable, event: AuditEvent): Promise<number> =>
  (await add(db, event)) ?? (await known(db, event)).auditId;

interface RecordedRequest {
  readonly auditId: number;
  readonly isNew: boolean;
  /** Whether the existing row is by the same person and requests the same. */
  readonly isSame: boolean;
}

/** Records a request, or finds the one of that command. */
export async function appendRequest(
  db: Queryable,
  order: AuditEvent & { readonly customerId: string; readonly commandId: string },
): Promise<RecordedRequest> {
  const added = await add(db, order);
  if (added !== undefined) return { auditId: added, isNew: true, isSame: true };
  const { auditId, actor, asksTheSame } = await known(db, order);
  return { auditId, isNew: false, isSame: actor === order.actor && asksTheSame };
}

/** An actor in readable form: with the name under which a staff session was opened. */
export const namedActor = (actor: string) => sql<string>`coalesce((
  select s.details->>'name' || ' (' || s.actor || ')' from audit_events s
  where s.action = 'staff.signed_in' and s.actor = ${sql.ref(actor)} limit 1), ${sql.ref(actor)})`;
