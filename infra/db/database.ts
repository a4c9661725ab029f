import { CamelCasePlugin, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { DB } from './schema.ts';

export type Database = Kysely<DB>;
/** What repositories take: the database or a transaction on it, so that a caller decides what commits together. */
export type Queryable = Kysely<DB> | Transaction<DB>;

// Amounts in cents and offsets in milliseconds stay far below 2^53; a string would only move the conversion to every reader.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Opens a pool. Close it with `database.destroy()`. */
export function openDatabase(url: string, { max = 10 } = {}): Database {
  const pool = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: 8_000 });
  // A connection lost while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  return new Kysely<DB>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}
