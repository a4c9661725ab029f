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
  readonly defer: string;
  readonly settle: string;
}

/**
 * Lets rows of this transaction come in any order, for tables may refer to each other and to themselves.
 * @returns `settle`, which looks at what they refer to and leaves the constraints as they were
 */
export async function deferReferences(client: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await client.query<Reference>(
    `select format('alter table public.%I alter constraint %I deferrable initially deferred', relname, conname) as defer,
            format('alter table public.%I alter constraint %I %s', relname, conname,
              case when not condeferrable then 'not deferrable'
                   when condeferred then 'deferrable initially deferred'
                   else 'deferrable initially immediate' end) as settle
     from pg_constraint join pg_class on pg_class.oid = conrelid
     where contype = 'f' and conparentid = 0 and relnamespace = 'public'::regnamespace`,
  );
  for (const { defer } of rows) await client.query(defer);
  return async () => {
    await client.query('set constraints all immediate');
    for (const { settle } of rows) await client.query(settle);
  };
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
