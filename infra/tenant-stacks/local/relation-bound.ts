import type pg from 'pg';

/** Tables, indexes, sequences, views, composite types and functions of one tenant's database, with its temporary ones. */
const MOST_RELATIONS = 2_000;

const MAKES = [
  ...['CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE FOREIGN TABLE', 'ALTER TABLE'],
  ...['CREATE INDEX', 'CREATE SEQUENCE', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW'],
  ...['CREATE TYPE', 'CREATE DOMAIN', 'CREATE FUNCTION', 'CREATE PROCEDURE', 'CREATE AGGREGATE'],
];

/** Statements that find their object and create nothing: an instance that finds its tables starts, however many others there are. */
const FUNCTION = `
  create or replace function tenure_bounds.bound_relations() returns event_trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    if exists (select from pg_catalog.pg_event_trigger_ddl_commands()) and
      (select count(*) from pg_catalog.pg_class where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace)
      + (select count(*) from pg_catalog.pg_proc where oid >= 16384) > ${String(MOST_RELATIONS)}
    then
      raise exception 'This database may have ${String(MOST_RELATIONS)} tables, indexes, sequences, views, types and functions at most.'
        using errcode = 'program_limit_exceeded';
    end if;
  end $$`;

/**
 * Limits how many relations a tenant can create in its database: each one takes a lock when it is used, and the whole
 * server shares one lock table. Needs a superuser, whose event trigger the tenant can neither drop nor disable.
 */
export async function boundRelations(client: pg.Client): Promise<void> {
  // One query is one transaction: there is no instant without a bound.
  const statements = [
    // First: where there is more than that already, it would refuse its own renewal.
    'drop event trigger if exists bound_relations',
    'create schema if not exists tenure_bounds',
    'revoke all on schema tenure_bounds from public',
    FUNCTION,
    `create event trigger bound_relations on ddl_command_end when tag in (${MAKES.map((tag) => `'${tag}'`).join(', ')})
     execute function tenure_bounds.bound_relations()`,
  ];
  await client.query(statements.join(';\n'));
}
