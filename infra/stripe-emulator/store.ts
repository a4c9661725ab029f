import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { ObjectType, ObjectTypes } from './objects/index.ts';

const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists objects (
    seq integer primary key autoincrement, type text not null, id text not null, created integer not null,
    deleted integer not null default 0, data text not null,
    customer text generated always as (json_extract(data, '$.customer')) virtual,
    unique (type, id));
  create index if not exists objects_by_customer on objects (type, customer, seq);
  create table if not exists events (
    seq integer primary key autoincrement, id text not null unique, type text not null, created integer not null,
    data text not null);
  create table if not exists deliveries (
    event text not null, endpoint text not null, attempts integer not null default 0, next_at integer,
    delivered_at integer, last_status text, primary key (event, endpoint));
  create index if not exists deliveries_due on deliveries (next_at) where next_at is not null;
  create table if not exists endpoint_secrets (endpoint text primary key, secret text not null);
  create table if not exists checkout_plans (session text primary key, plan text not null);
  create table if not exists deadlines (
    object text not null, kind text not null, clock text, at integer not null, primary key (object, kind));
  create index if not exists deadlines_by_clock on deadlines (clock, at);
  create table if not exists idempotency_keys (
    key text primary key, fingerprint text not null, status integer not null, body text not null,
    created integer not null);
  create table if not exists armed_faults (id integer primary key autoincrement, fault text not null);
`;

export type Row = Record<string, unknown>;

/** Field conditions on an object's JSON; a list means one of these, `undefined` any. */
export type Where = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Range {
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
}

/** Turns conditions into SQL. Names come from the code, values are always bound. */
export function conditions(
  where: Where,
  created: Range | number | undefined,
): { sql: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  for (const [field, value] of Object.entries(where)) {
    if (value === undefined) continue;
    const wanted = (Array.isArray(value) ? value : [value]) as (string | number | boolean)[];
    const column = field === 'customer' ? 'customer' : `json_extract(data, '$.${field}')`;
    parts.push(`${column} in (${wanted.map(() => '?').join(', ')})`);
    values.push(...wanted.map((one) => (typeof one === 'boolean' ? Number(one) : one)));
  }
  const range: Range = typeof created === 'number' ? { gte: created, lte: created } : (created ?? {});
  const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
  for (const [name, operator] of Object.entries(operators)) {
    const bound = range[name as keyof Range];
    if (bound === undefined) continue;
    parts.push(`created ${operator} ?`);
    values.push(bound);
  }
  return { sql: parts.map((part) => ` and ${part}`).join(''), values };
}

/**
 * Everything the emulator knows, in one SQLite file. All calls are synchronous, so a transaction can never interleave
 * with another request's.
 */
export class Store {
  private readonly database: DatabaseSync;
  private readonly afterCommit = new Set<() => void>();

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.database = new DatabaseSync(file);
    this.database.exec(SCHEMA);
  }

  close(): void {
    this.database.close();
  }

  onCommit(listener: () => void): void {
    this.afterCommit.add(listener);
  }

  /** Runs `work` whole or not at all; `keep` decides whether an error still commits (a declined charge does). */
  transaction<T>(work: () => T, keep: (error: unknown) => boolean = () => false): T {
    this.database.exec('begin immediate');
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.database.exec(keep(error) ? 'commit' : 'rollback');
      throw error;
    } finally {
      queueMicrotask(() => {
        for (const listener of this.afterCommit) listener();
      });
    }
    this.database.exec('commit');
    return result;
  }

  /** Runs `work` inside a transaction and takes back all that it wrote. */
  whatIf<T>(work: () => T): T {
    this.database.exec('savepoint what_if');
    try {
      return work();
    } finally {
      this.database.exec('rollback to what_if; release what_if');
    }
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.database.prepare(sql).run(...values);
  }

  rows(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.database.prepare(sql).all(...values);
  }

  /** The id of a coupon or product that was deleted may be given again. */
  insert(object: ObjectTypes[ObjectType], created: number): void {
    this.run('delete from objects where type = ? and id = ? and deleted = 1', object.object, object.id);
    this.run(
      'insert into objects (type, id, created, data) values (?, ?, ?, ?)',
      object.object,
      object.id,
      created,
      JSON.stringify(object),
    );
  }

  replace(object: ObjectTypes[ObjectType]): void {
    this.run('update objects set data = ? where type = ? and id = ?', JSON.stringify(object), object.object, object.id);
  }

  /** Deleted objects stay known: Stripe still answers for a deleted customer, and what used a coupon goes on doing so. */
  markDeleted(type: ObjectType, id: string): void {
    this.run('update objects set deleted = 1 where type = ? and id = ?', type, id);
  }

  isDeleted(type: ObjectType, id: string): boolean {
    return this.rows('select 1 from objects where type = ? and id = ? and deleted = 1', type, id).length > 0;
  }

  find<T extends ObjectType>(type: T, id: string): ObjectTypes[T] | undefined {
    const row = this.rows('select data from objects where type = ? and id = ? and deleted = 0', type, id)[0];
    return row && (JSON.parse(String(row.data)) as ObjectTypes[T]);
  }

  /** Also when it was deleted meanwhile: what used it goes on doing so. */
  findKept<T extends ObjectType>(type: T, id: string): ObjectTypes[T] | undefined {
    const row = this.rows('select data from objects where type = ? and id = ?', type, id)[0];
    return row && (JSON.parse(String(row.data)) as ObjectTypes[T]);
  }

  /** Oldest first. */
  all<T extends ObjectType>(type: T, where: Where = {}): ObjectTypes[T][] {
    const { sql, values } = conditions(where, undefined);
    return this.rows(`select data from objects where type = ? and deleted = 0${sql} order by seq`, type, ...values).map(
      (row) => JSON.parse(String(row.data)) as ObjectTypes[T],
    );
  }
}
