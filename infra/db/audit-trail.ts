import type pg from 'pg';

/**
 * The trail's tables as their owner makes them. Made by Tenure's role, they may carry what that role hung on them:
 * triggers, rules, policies, defaults, columns of a type with a check of its own, indexes over its functions. All of that
 * would go on with the rights of the new owner, so the rows alone are taken over.
 */
const TABLES = `
create table public.audit_events (
  audit_id bigint generated always as identity primary key,
  customer_id text,
  actor text not null,
  action text not null,
  reason text,
  details jsonb not null default '{}',
  at timestamptz not null default clock_timestamp(),
  command_id text
);
comment on column public.audit_events.command_id
  is 'Of the command that was ordered: sent again under one key it is one row.';
create table public.audit_chain (
  position bigint primary key,
  audit_id bigint not null unique references public.audit_events,
  salt uuid not null,
  said bytea not null,
  hash bytea not null
);
comment on column public.audit_chain.said
  is 'Digest of reason and details: the chain holds when those are erased.';
comment on column public.audit_chain.salt
  is 'Goes into the digest, so that what was erased cannot be guessed from it.';
create function public.refuse_audit_change() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$ begin raise exception 'audit_events is insert only'; end $$`;

const COLUMNS = {
  audit_events: 'audit_id, customer_id, actor, action, reason, details, at, command_id',
  audit_chain: 'position, audit_id, salt, said, hash',
} as const;

/** A comment on the table that says which of these lines created it; only its owner can write it. */
const MADE = 'One link for each audit row: a changed, removed or inserted row breaks it. Made by its owner.';

async function isMade(client: pg.Client, owner: string): Promise<boolean> {
  const { rows } = await client.query<{ made: boolean }>(
    `select relowner = to_regrole($1) and coalesce(obj_description(oid, 'pg_class') = $2, false) as made
      from pg_class where oid = 'public.audit_chain'::regclass`,
    [owner, MADE],
  );
  return rows[0]?.made === true;
}

/** Reading a view would run code of its owner. */
async function refuseOtherThanTables(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_class where oid in ('public.audit_events'::regclass, 'public.audit_chain'::regclass)
      and (relkind <> 'r' or relispartition)`,
  );
  if (rowCount !== 0)
    throw new Error('The audit trail is not in tables any more: restore audit_events and audit_chain from a backup.');
}

/** Rows of onboarding steps name the request that started them. */
const REFERENCES = `
alter table public.onboarding_steps drop constraint if exists onboarding_steps_replayed_by_fkey;
alter table public.onboarding_steps add constraint onboarding_steps_replayed_by_fkey
  foreign key (replayed_by) references public.audit_events`;

/**
 * Recreates the trail for its owner, with the rows of the one that Tenure's role had created; once. @param functions of
 * the trail, which its migrations create
 */
export async function takeTrail(client: pg.Client, owner: string, functions: readonly string[]): Promise<void> {
  if (await isMade(client, owner)) return;
  await refuseOtherThanTables(client);
  for (const signature of functions) await client.query(`drop function if exists ${signature} cascade`);
  await client.query('create schema audit_before');
  for (const table of Object.keys(COLUMNS)) await client.query(`alter table public.${table} set schema audit_before`);
  await client.query(`set local role ${owner}`);
  await client.query(TABLES);
  await client.query(`comment on table public.audit_chain is ${client.escapeLiteral(MADE)}`);
  await client.query('reset role');
  for (const [table, columns] of Object.entries(COLUMNS))
    await client.query(
      `insert into public.${table} (${columns}) overriding system value select ${columns} from only audit_before.${table}`,
    );
  await client.query(
    `select setval(pg_get_serial_sequence('public.audit_events', 'audit_id'), max(audit_id)) from public.audit_events`,
  );
  await client.query('drop schema audit_before cascade');
  await client.query(REFERENCES);
}
