import type { EventEmitter } from 'node:events';
import pg from 'pg';

/** Limits for the connections to one database. Times are in milliseconds. */
export interface DatabaseLimits {
  /** Connections at most. */
  readonly max: number;
  /** How long to wait for a connection, a new one or one that returns to the pool. */
  readonly connectMs: number;
  /** How long one statement may take. */
  readonly statementMs: number;
}

export const DATABASE_LIMITS: DatabaseLimits = { max: 10, connectMs: 5_000, statementMs: 10_000 };

/** Connections of an API for events of Stripe and SES, besides its own: each is stored with one short statement. */
export const EVENT_CONNECTIONS = 3;

/** The server ends a statement that takes too long; its message gets this long to arrive. */
const ANSWER_MS = 2_000;
/** How often a silent peer is probed. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** The user of the connection learns of its loss anyway; a client without a listener would end the whole process. */
const survive = (client: EventEmitter): void => {
  client.on('error', () => undefined);
};

/**
 * For a connection that a database's own roles could lead astray: they make objects of any name, and Postgres looks for
 * names in their schema too unless told otherwise. `pg_temp` is named because it comes first when it is not.
 */
export const OWN_NAMES_ONLY = "select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)";

/** Postgres' settings of a session, which go before those that the role or the database has. A space in a value needs a backslash. */
export type SessionSettings = Readonly<Record<string, string>>;

/** The schema that names are found in: a schema with the role's own name would come first. */
const FIXED: SessionSettings = { search_path: 'public,pg_temp' };

/** In addition to the options in the URL. */
function withSettings(connectionString: string, settings: SessionSettings = {}): string {
  const url = new URL(connectionString);
  const options = Object.entries({ ...settings, ...FIXED }).map(([name, value]) => `-c ${name}=${value}`);
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...options].join(' ').trim());
  return url.href;
}

/** One connection, not yet open: for migrations and administration. Statements have no time limit unless configured. */
export function newClient(
  connectionString: string,
  { connectMs = DATABASE_LIMITS.connectMs, answerMs = 0 }: { connectMs?: number; answerMs?: number } = {},
): pg.Client {
  const client = new pg.Client({
    ...{ connectionString: withSettings(connectionString), ...KEEP_ALIVE },
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
  });
  survive(client);
  return client;
}

/** A pool that survives the loss of any of its connections, idle or in use. Nothing in it waits for ever. */
export function openPool(
  connectionString: string,
  limits: Partial<DatabaseLimits> = {},
  settings?: SessionSettings,
): pg.Pool {
  const { max, connectMs, statementMs } = { ...DATABASE_LIMITS, ...limits };
  const pool = new pg.Pool({
    ...{ connectionString: withSettings(connectionString, settings), max, ...KEEP_ALIVE },
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: statementMs + ANSWER_MS,
  });
  survive(pool);
  pool.on('connect', survive);
  return pool;
}
