import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

export interface Alert {
  readonly customerId: string;
  readonly kind: string;
  readonly step: string;
  /** Of the failure it is raised for. */
  readonly errorType?: string;
  readonly summary: string;
  readonly suggestedFix: string;
  /** The claim key of the mail that it is about. */
  readonly mail?: string | undefined;
}

/** Opens an alert, or counts another occurrence of the open one. @returns its id */
export async function raiseAlert(db: Queryable, { mail, ...alert }: Alert): Promise<string> {
  const row = await db
    .insertInto('alerts')
    .values({ ...alert, mails: mail === undefined ? [] : [mail] })
    .onConflict((conflict) =>
      conflict
        .columns(['customerId', 'kind'])
        .where('resolvedAt', 'is', null)
        .doUpdateSet({
          raisedCount: sql`alerts.raised_count + 1`,
          lastRaisedAt: sql`now()`,
          summary: alert.summary,
          errorType: alert.errorType ?? null,
          suggestedFix: alert.suggestedFix,
          mails: sql`array(select distinct unnest(alerts.mails || excluded.mails))`,
        }),
    )
    .returning('alertId')
    .executeTakeFirstOrThrow();
  return row.alertId;
}

/** Resolves the open alerts whose kind begins so. */
export async function resolveAlerts(db: Queryable, customerId: string, kindPrefix: string): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ resolvedAt: sql`now()` })
    .where('customerId', '=', customerId)
    .where(sql<boolean>`starts_with(kind, ${kindPrefix})`)
    .where('resolvedAt', 'is', null)
    .execute();
}

/** A mail is no longer in doubt or waiting: its alerts end, unless they are about other mails too. */
export async function endAlertsOfMail(db: Queryable, customerId: string, mail: string): Promise<void> {
  const others = sql<string[]>`array_remove(mails, ${mail})`;
  await db
    .updateTable('alerts')
    .set({ mails: others, resolvedAt: sql`case when ${others} = '{}' then now() end` })
    .where('customerId', '=', customerId)
    .where('resolvedAt', 'is', null)
    .where(sql<boolean>`${mail} = any(mails)`)
    .execute();
}

/** The kind of the open alert about that mail; undefined when there is none. */
export async function alertOfMail(db: Queryable, customerId: string, mail: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('alerts')
    .select('kind')
    .where('customerId', '=', customerId)
    .where('resolvedAt', 'is', null)
    .where(sql<boolean>`${mail} = any(mails)`)
    .executeTakeFirst();
  return row?.kind;
}

/** Whether an alert of that kind was ever raised for the customer. */
export async function wasAlerted(db: Queryable, customerId: string, kind: string): Promise<boolean> {
  const row = await db
    .selectFrom('alerts')
    .select('alertId')
    .where('customerId', '=', customerId)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row !== undefined;
}

/** How the kinds of alerts about bounced mails begin. */
export const BOUNCED = 'MailBounced: ';

/** Whether a mail to this customer bounced and nothing has been done about it. */
export async function hasBouncedMail(db: Queryable, customerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('alerts')
    .select('alertId')
    .where('customerId', '=', customerId)
    .where('resolvedAt', 'is', null)
    .where(sql<boolean>`starts_with(kind, ${BOUNCED})`)
    .executeTakeFirst();
  return row !== undefined;
}

export interface RaisedAlert {
  readonly kind: string;
  readonly resolvedAt: Date | null;
}

/** Locks the alert of that customer for the transaction; undefined when there is none. */
export async function lockAlert(db: Queryable, customerId: string, alertId: string): Promise<RaisedAlert | undefined> {
  return db
    .selectFrom('alerts')
    .select(['kind', 'resolvedAt'])
    .where('customerId', '=', customerId)
    .where('alertId', '=', alertId)
    .forUpdate()
    .executeTakeFirst();
}
