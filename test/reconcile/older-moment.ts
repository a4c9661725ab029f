import pg from 'pg';

/** Triggers and constraints that would refuse an old row are off, as in a restore. */
async function asRestore(adminUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("set local session_replication_role = 'replica'");
    await work(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'migrations'",
  );
  return rows.map(({ name }) => name);
}

/** Keeps every row as it is now. @returns a function that restores this moment while the database is in use */
export async function keepMoment(adminUrl: string): Promise<() => Promise<void>> {
  await asRestore(adminUrl, async (client) => {
    await client.query('create schema kept');
    for (const table of await tablesOf(client))
      await client.query(`create table kept.${table} as table public.${table}`);
  });
  return () =>
    asRestore(adminUrl, async (client) => {
      const tables = await tablesOf(client);
      await client.query(`truncate ${tables.map((table) => `public.${table}`).join(', ')} cascade`);
      for (const table of tables)
        await client.query(`insert into public.${table} overriding system value table kept.${table}`);
      await client.query('drop schema kept cascade');
    });
}

/** Makes this the id of the next audit row, as after a restore of the sequence too. */
export const handOutNext = (adminUrl: string, auditId: number): Promise<void> =>
  asRestore(adminUrl, async (client) => {
    await client.query("select setval(pg_get_serial_sequence('audit_events', 'audit_id'), $1, false)", [auditId]);
  });
