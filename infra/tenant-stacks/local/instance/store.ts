import type pg from 'pg';
import { openPool, type SessionSettings } from '../../../db/connections.ts';
import { PLATFORM_TABLES } from '../platform-tables.ts';

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

const [USED_IDS, SESSION_VERSION] = PLATFORM_TABLES;

const SCHEMA = `
  create table if not exists devices (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    created_at timestamptz not null default now()
  );
  create table if not exists notes (
    id bigint generated always as identity primary key,
    device_id uuid references devices on delete cascade,
    body text not null,
    created_at timestamptz not null default now()
  );
  -- What the platform needs to remember of sign-ins: not the tenant's data, and in none of their backups.
  create table if not exists ${USED_IDS} (id text primary key, expires_at timestamptz not null);
  create table if not exists ${SESSION_VERSION} (version bigint not null);
  insert into ${SESSION_VERSION} (version) select 0 where not exists (select from ${SESSION_VERSION});`;

/** Settings that the tenant's role may have stored for itself, and that would look like a server that accepts no work. */
const OURS: SessionSettings = {
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read\\ committed',
  lock_timeout: '0',
  idle_session_timeout: '0',
};

/** The tenant's data, reached as the tenant's role. All SQL of the instance is here. */
export class TenantStore {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = openPool(databaseUrl, { max: 2 }, OURS);
  }

  async prepare(): Promise<void> {
    await this.#pool.query(SCHEMA);
  }

  async isReachable(): Promise<boolean> {
    return this.#pool.query('select 1').then(
      () => true,
      () => false,
    );
  }

  async devices(): Promise<Device[]> {
    const sql = 'select id, name, created_at as "createdAt" from devices order by created_at, id limit 1000';
    return (await this.#pool.query<Device>(sql)).rows;
  }

  /** Undefined when the licence allows no more devices. */
  async addDevice(name: string, maxDevices: number): Promise<Device | undefined> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      // The insert depends on the count. Tenants' roles may not take Postgres' advisory locks.
      await client.query('lock table devices in share row exclusive mode');
      const { rows } = await client.query<Device>(
        `insert into devices (name) select $1 where (select count(*) from devices) < $2
         returning id, name, created_at as "createdAt"`,
        [name, maxDevices],
      );
      await client.query('commit');
      client.release();
      return rows[0];
    } catch (error) {
      // Closing the connection rolls back: a lost one could not be asked to.
      client.release(true);
      throw error;
    }
  }

  /** Uses up the id of a token, for ever. @returns false when it was used before */
  async useUp(id: string, expiresAt: Date): Promise<boolean> {
    await this.#pool.query(`delete from ${USED_IDS} where expires_at < now()`);
    const { rowCount } = await this.#pool.query(
      `insert into ${USED_IDS} (id, expires_at) values ($1, $2) on conflict do nothing`,
      [id, expiresAt],
    );
    return rowCount === 1;
  }

  async isAnyUsedUp(ids: readonly string[]): Promise<boolean> {
    return (await this.#pool.query(`select from ${USED_IDS} where id = any($1) limit 1`, [ids])).rowCount === 1;
  }

  /** Ends the sessions of older versions. The version only rises. @returns the version that applies now */
  async raiseSessionVersion(version: number): Promise<number> {
    const { rows } = await this.#pool.query<{ version: string }>(
      `update ${SESSION_VERSION} set version = greatest(version, $1) returning version`,
      [version],
    );
    return Number(rows[0]?.version ?? version);
  }

  async sessionVersion(): Promise<number> {
    const { rows } = await this.#pool.query<{ version: string }>(`select version from ${SESSION_VERSION}`);
    return Number(rows[0]?.version ?? 0);
  }

  async usage(): Promise<{ devices: number; databaseBytes: number }> {
    const sql = `select (select count(*)::int from devices) as devices,
                        pg_database_size(current_database())::float8 as "databaseBytes"`;
    const { rows } = await this.#pool.query<{ devices: number; databaseBytes: number }>(sql);
    return rows[0] ?? { devices: 0, databaseBytes: 0 };
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
