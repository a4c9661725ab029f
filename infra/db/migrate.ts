import { sql } from 'kysely';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import { abandonAudit, guardAudit, OWNERSHIP } from './audit-owner.ts';
import { newClient } from './connections.ts';
import type { Database } from './database.ts';
import { MIGRATIONS, migrationNames, trailMigrations } from './trail-migrations.ts';

export interface Migration {
  readonly direction?: 'up' | 'down';
  /** Of a superuser of the same server: with it the audit trail belongs to a role that Tenure is not. */
  readonly adminUrl?: string | undefined;
}

/** Who owns the database and the audit trail, according to the database. */
export interface Migrated {
  /** Tenure's role can change neither the audit trail nor whose the database is. */
  readonly auditGuarded: boolean;
}

interface Ownership {
  readonly ownsAudit: boolean;
  readonly ownsDatabase: boolean;
}

const isThere = `select pg_catalog.to_regclass('public.migrations') is not null as there`;

/** The migrations that the database does not have yet, in order. */
async function pendingOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ there: boolean }>(isThere);
  const had =
    rows[0]?.there === true ? (await client.query<{ name: string }>('select name from public.migrations')).rows : [];
  const names = new Set(had.map(({ name }) => name));
  return (await migrationNames()).filter((name) => !names.has(name));
}

const run = (dbClient: Client, direction: 'up' | 'down', count = Number.POSITIVE_INFINITY) =>
  runner({
    ...{ dbClient, direction, count, dir: MIGRATIONS },
    migrationsTable: 'migrations',
    checkOrder: true,
    log: () => undefined,
    advisoryLockMode: 'wait',
  });

/** The names with those of the same kind beside them: each group is done at once. */
function groupsOf(names: readonly string[], isOfTrail: (name: string) => boolean): string[][] {
  const groups: string[][] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && isOfTrail(last[0]) === isOfTrail(name)) last.push(name);
    else groups.push([name]);
  }
  return groups;
}

async function lookAt(client: Client): Promise<Ownership> {
  const { rows } = await client.query<Ownership>(`select ${OWNERSHIP}`);
  return rows[0] ?? { ownsAudit: true, ownsDatabase: true };
}

async function hasTrail(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `select pg_catalog.to_regclass('public.audit_chain') is not null as there`,
  );
  return rows[0]?.there === true;
}

/** One migration run at a time; any constant will do. */
const TURN = 7_310_002;

/** @param broughtUp - whether the administrator has brought the audit trail to the newest schema */
async function applyPending(client: Client, broughtUp: boolean): Promise<void> {
  await client.query('select pg_catalog.pg_advisory_lock($1)', [TURN]);
  const trail = new Set((await trailMigrations()).map(({ name }) => name));
  // A trail that belongs to a role of its own is changed by the administrator alone.
  const apart = (await hasTrail(client)) && !(await lookAt(client)).ownsAudit;
  const isOfTrail = (name: string): boolean => apart && trail.has(name);
  for (const group of groupsOf(await pendingOf(client), isOfTrail)) {
    const [first = ''] = group;
    if (!isOfTrail(first)) await run(client, 'up', group.length);
    else if (broughtUp)
      await client.query(
        'insert into public.migrations (name, run_on) select name, now() from unnest($1::text[]) as name',
        [group],
      );
    else
      throw new Error(`${first} changes the audit trail, which belongs to a role of its own: set DATABASE_ADMIN_URL.`);
  }
}

async function onConnection<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = newClient(databaseUrl);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Brings the database to the newest schema. Safe to call from several processes at the same time: the others wait. Once
 * the audit trail belongs to a role of its own, it is never given back: the administrator migrates it, and Tenure's
 * role everything else.
 * @throws when a migration fails; nothing of that migration stays.
 */
export async function migrate(databaseUrl: string, { direction = 'up', adminUrl }: Migration = {}): Promise<Migrated> {
  const trail = adminUrl === undefined ? undefined : { adminUrl, databaseUrl };
  if (direction === 'down') {
    if (trail) await abandonAudit(trail);
    await onConnection(databaseUrl, (client) => run(client, 'down'));
    return { auditGuarded: false };
  }
  const broughtUp = trail !== undefined && (await guardAudit(trail));
  try {
    await onConnection(databaseUrl, (client) => applyPending(client, broughtUp));
  } finally {
    // The first migrations have made the trail.
    if (trail) await guardAudit(trail);
  }
  const { ownsAudit, ownsDatabase } = await onConnection(databaseUrl, lookAt);
  return { auditGuarded: !ownsAudit && !ownsDatabase };
}

/** The migrations this code knows and the database has not had, by name. */
export async function missingMigrations(database: Database): Promise<string[]> {
  const known = await migrationNames();
  const found = await sql<{ there: boolean }>`${sql.raw(isThere)}`.execute(database);
  if (found.rows[0]?.there !== true) return known;
  const { rows } = await sql<{ name: string }>`select name from public.migrations`.execute(database);
  const had = new Set(rows.map(({ name }) => name));
  return known.filter((name) => !had.has(name));
}
