import type pg from 'pg';
import { PLATFORM_TABLES } from './platform-tables.ts';

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly partitioned: boolean;
}

/** The tenant's own tables with their plain columns. */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select relname as name, array_agg(attname::text order by attnum) as columns,
            relkind = 'p' as partitioned
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
       and attnum > 0 and not attisdropped and attgenerated = '' and relname <> all($1)
     group by relname, relkind order by relname`,
    [PLATFORM_TABLES],
  );
  return rows;
}

interface Reference {
  readonly from: string;
  readonly to: string;
}

async function listReferences(client: pg.Client): Promise<Reference[]> {
  const { rows } = await client.query<Reference>(
    `select a.relname as from, b.relname as to from pg_constraint
     join pg_class a on a.oid = conrelid join pg_class b on b.oid = confrelid
     where contype = 'f' and conrelid <> confrelid and connamespace = 'public'::regnamespace`,
  );
  return rows;
}

/** Names so ordered that a table comes after those it refers to: rows can then be loaded with all constraints on. */
export async function loadOrder(client: pg.Client, names: readonly string[]): Promise<string[]> {
  const references = await listReferences(client);
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    for (const { from, to } of references) if (from === name) visit(to);
    ordered.add(name);
  };
  names.forEach(visit);
  return [...ordered];
}

/** Lets identity columns go on behind the highest value there is. */
export async function moveSequences(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ advance: string }>(
    `select format('select setval(%L, coalesce((select max(%I) from public.%I), 0) + 1, false)',
                   pg_get_serial_sequence(format('public.%I', table_name), column_name), column_name, table_name) as advance
     from information_schema.columns where table_schema = 'public' and is_identity = 'YES'`,
  );
  for (const { advance } of rows) await client.query(advance);
}
