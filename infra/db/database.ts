import {
  CamelCasePlugin,
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type Transaction,
} from 'kysely';
import pg from 'pg';
import { openPool, type DatabaseLimits } from './connections.ts';
import { DatabaseUnavailableError, asOutage } from './outage.ts';
import type { DB } from './schema.ts';

export type Database = Kysely<DB>;
/**
 * The parameter of repositories: the database or a transaction on it, so that the caller decides what commits together.
 */
export type Queryable = Kysely<DB> | Transaction<DB>;

// Amounts in cents and offsets in milliseconds stay far below 2^53; a string would only move the conversion to every reader.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A client for one borrower. After an outage it is closed immediately: a rollback must not wait on a dead connection.
 */
function borrowed(client: pg.PoolClient): PostgresPoolClient {
  let lost = false;
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      const outage = asOutage(error);
      lost ||= outage instanceof DatabaseUnavailableError;
      if (lost) void client.end();
      throw outage;
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => {
      client.release(destroy === true || lost);
    },
  };
}

const lending = (pool: pg.Pool): PostgresPool => ({
  options: pool.options,
  connect: async () => {
    try {
      return borrowed(await pool.connect());
    } catch (error) {
      throw asOutage(error);
    }
  },
  end: () => pool.end(),
});

/**
 * Opens a pool. Close it with `database.destroy()`. Its queries reject with `DatabaseUnavailableError` while Postgres
 * is down, in bounded time, and work again afterwards.
 * @param product - whose customers alone are there for it; without one, those of all products
 */
export function openDatabase(url: string, limits: Partial<DatabaseLimits> = {}, product?: string): Database {
  const settings = product === undefined ? {} : { 'tenure.product': product };
  return new Kysely<DB>({
    dialect: new PostgresDialect({ pool: lending(openPool(url, limits, settings)) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}
