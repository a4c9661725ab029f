import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** The newest link: kept elsewhere, it shows later that nothing before it was changed or cut off. */
export interface Anchor {
  readonly position: number;
  /** Hex. */
  readonly hash: string;
}

export interface AuditTrail {
  readonly rows: number;
  /** Rows whose reason and details have been erased since; who did what and when is still proven. */
  readonly erased: number;
  /** The first row that was changed, removed, or is not in the chain. */
  readonly broken: { readonly position: number | null; readonly auditId: number | null; readonly why: string } | null;
  readonly anchor: Anchor | null;
}

/** Every name has its schema: a table or function with the same name elsewhere could give false answers. */
const LINKS = sql`
  select c.position, c.audit_id, c.hash, e.audit_id is null as gone,
    c.position <> pg_catalog.row_number() over (order by c.position) as cut,
    c.hash <> public.audit_hash(
      coalesce(pg_catalog.lag(c.hash) over (order by c.position), ''::bytea), c.position, e, c.said) as changed,
    c.said <> public.audit_said(e, c.salt) as reworded,
    e.reason is null and e.details = '{"erased": true}' as erased
  from public.audit_chain c left join public.audit_events e on e.audit_id = c.audit_id`;

async function firstBroken(db: Queryable): Promise<AuditTrail['broken']> {
  const { rows } = await sql<{ position: number | null; auditId: number; why: string }>`
    select position, audit_id, case when cut then 'rows before it are missing' when gone then 'it is missing'
        else 'it is not as it was written' end as why
      from (${LINKS}) links where cut or gone or changed or (reworded and not erased)
    union all
    select null, audit_id, 'it is not in the chain' from public.audit_events e
      where not exists (select from public.audit_chain c where c.audit_id = e.audit_id)
    order by position, audit_id limit 1`.execute(db);
  return rows[0] ?? null;
}

async function breaksAnchor(db: Queryable, { position, hash }: Anchor): Promise<AuditTrail['broken']> {
  const row = await db
    .withSchema('public')
    .selectFrom('auditChain')
    .select(sql<boolean>`pg_catalog.encode(hash, 'hex') = ${hash}`.as('same'))
    .where('position', '=', position)
    .executeTakeFirst();
  return row?.same === true ? null : { position, auditId: null, why: 'it is not the row that the anchor was taken of' };
}

/**
 * Computes every link of the audit trail anew.
 * @param anchor - of an earlier look, kept elsewhere: without one, a tail that was cut off cannot be missed
 */
export async function verifyAudit(db: Queryable, anchor?: Anchor): Promise<AuditTrail> {
  const { rows } = await sql<{ rows: number; erased: number; position: number | null; hash: string | null }>`
    select pg_catalog.count(*) as rows, pg_catalog.count(*) filter (where erased) as erased,
      pg_catalog.max(position) as position,
      (select pg_catalog.encode(hash, 'hex') from public.audit_chain order by position desc limit 1) as hash
    from (${LINKS}) links`.execute(db);
  const { rows: count = 0, erased = 0, position = null, hash = null } = rows[0] ?? {};
  const broken = (await firstBroken(db)) ?? (anchor ? await breaksAnchor(db, anchor) : null);
  return { rows: count, erased, broken, anchor: position === null || hash === null ? null : { position, hash } };
}
