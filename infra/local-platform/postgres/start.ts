import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { newClient } from '../../db/connections.ts';
import { startChild, type Running } from '../../processes/child.ts';
import { waitUntil } from '../wait-until.ts';
import { postgresBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { postgresUser, reachableFolder } from './user.ts';

export interface PostgresOptions {
  /** Kept from start to start. */
  readonly dataDir: string;
  readonly port: number;
  /** Of the superuser `postgres`: the one that the data folder was created with. */
  readonly password: string;
  /** Off in tests only: a crash of the machine may then lose the database. */
  readonly fsync?: boolean;
  readonly logFile: string;
  /** Postgres may outlive this process; it is then found and ended by its pid. */
  readonly unref?: boolean;
  readonly onSpawn?: ((pid: number) => void) | undefined;
}

export interface RunningPostgres extends Running {
  /** The superuser's, to the database `postgres`. */
  readonly url: string;
}

const FAST_AND_FORGETFUL = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

function settings({ port, fsync = true }: PostgresOptions): Record<string, string> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // No socket: nothing uses one, and its path must not be longer than 107 bytes.
    unix_socket_directories: '',
    max_connections: '300',
    // As many as all tenants may hold together, with a margin: a full table of locks stops everybody.
    max_locks_per_transaction: '256',
    // Statements and rows in an error message may contain personal data.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(fsync ? {} : FAST_AND_FORGETFUL),
  };
}

/** The data folder was created with a different password. */
export class WrongPasswordError extends Error {
  override readonly name = 'WrongPasswordError';
}

const WRONG_PASSWORD = '28P01';

/** Looks as `pg_ctl --wait` does: an answer at the port could come from another server. */
async function isReady(cluster: string, pid: number): Promise<boolean> {
  const [owner, , , , , , , status = ''] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  return owner === String(pid) && status.trim() === 'ready';
}

async function requireOwnPassword(url: string, cluster: string): Promise<void> {
  const client = newClient(url);
  try {
    await client.connect();
  } catch (error) {
    if ((error as pg.DatabaseError).code !== WRONG_PASSWORD) throw error;
    throw new WrongPasswordError(`The data in ${cluster} was created with another password.`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Starts the embedded Postgres on 127.0.0.1 and waits until it answers. The data folder is created at the first start.
 * Under root it runs as `postgres` or `nobody`.
 * @throws Error when it ends or does not answer, WrongPasswordError when it refuses us; then nothing is left running
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const user = await postgresUser();
  const folder = await reachableFolder(options.dataDir, user);
  const binaries = await postgresBinaries(user);
  const cluster = await realpath(await ensureCluster({ folder, binaries, user, password: options.password }));
  const flags = Object.entries(settings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = await startChild(
    {
      command: join(binaries, 'postgres'),
      args: ['-D', cluster, ...flags],
      env: { LC_ALL: 'C' },
      cwd: cluster,
      logFile: options.logFile,
      onSpawn: options.onSpawn,
      unref: options.unref,
      ...(user && { uid: user.uid, gid: user.gid }),
    },
    // "Fast" shutdown: SIGTERM would wait until every client has disconnected.
    'SIGINT',
  );
  const url = `postgres://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${String(options.port)}/postgres`;
  try {
    await waitUntil(() => isReady(cluster, child.pid), { what: 'Postgres', of: child });
    await requireOwnPassword(url, cluster);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { ...child, url };
}
