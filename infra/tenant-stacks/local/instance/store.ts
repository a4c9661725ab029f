import type pg from 'pg';
import { openPool } from '../../../db/connections.ts';

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

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
  );`;

/** Serialises the count of devices with the insert that depends on it. */
const DEVICE_LOCK = 1;

/** The tenant's data, reached as the tenant's role. All SQL of the instance is here. */
export class TenantStore {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = openPool(databaseUrl, { max: 2 });
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

  /** Undefined when the licence allows no more. */
  async addDevice(name: string, maxDevices: number): Promise<Device | undefined> {
    const client = await this.#pool.connect();
    try {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock($1)', [DEVICE_LOCK]);
      const { rows } = await client.query<Device>(
        `insert into devices (name) select $1 where (select count(*) from devices) < $2
         returning id, name, created_at as "createdAt"`,
        [name, maxDevices],
      );
      await client.query('commit');
      client.release();
      return rows[0];
    } catch (error) {
      // Its connection is closed, which rolls back: one that was lost could not be asked to.
      client.release(true);
      throw error;
    }
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
