import type pg from 'pg';

/** Tables, indexes, sequences and views of one tenant's database, with its temporary ones. */
const MOST_RELATIONS = 2_000;

const MAKES = [
  ...['CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE FOREIGN TABLE', 'ALTER TABLE'],
  ...['CREATE INDEX', 'CREATE SEQUENCE', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW'],
];

const FUNCTION = `
  create or replace function tenure_bounds.bound_relations() returns event_trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
  begin
    if (select count(*) from pg_catalog.pg_class where oid >= 16384) > ${String(MOST_RELATIONS)} then
      raise exception 'This database may have ${String(MOST_RELATIONS)} tables, indexes, sequences and views at most.'
        using errcode = 'program_limit_exceeded';
    end if;
  end $$`;

/**
 * Bounds how much a tenant can make in its database: each of them is a lock where it is used, and the lock table is the
 * whole server's. Needs a superuser, whose event trigger the tenant can neither drop nor disable.
 */
export async function boundRelations(client: pg.Client): Promise<void> {
  // One query is one transaction: there is no instant without a bound.
  const statements = [
    'create schema if not exists tenure_bounds',
    'revoke all on schema tenure_bounds from public',
    FUNCTION,
    'drop event trigger if exists bound_relations',
    `create event trigger bound_relations on ddl_command_end when tag in (${MAKES.map((tag) => `'${tag}'`).join(', ')})
     execute function tenure_bounds.bound_relations()`,
  ];
  await client.query(statements.join(';\n'));
}
