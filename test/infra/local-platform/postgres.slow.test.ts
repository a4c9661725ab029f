import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ensureDatabase } from '../../../infra/local-platform/postgres/database.ts';
import { startPostgres, type RunningPostgres } from '../../../infra/local-platform/postgres/start.ts';
import { identify, isAlive } from '../../../infra/local-platform/engines/lock.mjs';
import { freePort } from '../../support/embedded.ts';

const PASSWORD = 'a "quoted" p@ss/word';
const isRoot = process.getuid?.() === 0;

let folder: string;
let running: RunningPostgres | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-postgres-'));
  chmodSync(folder, 0o711);
});
afterEach(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(dataDir = join(folder, 'postgres'), password = PASSWORD): Promise<RunningPostgres> {
  const logFile = join(folder, 'postgres.log');
  running = await startPostgres({ dataDir, logFile, port: await freePort(), password, fsync: false });
  return running;
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

test('data stay from start to start, and a stopped server is gone', async () => {
  const first = await start();
  await query(first.url, 'create table kept as select 42 as answer');
  const process = identify(first.pid);
  await first.stop();
  expect(isAlive(process)).toBe(false);
  const second = await start();
  await expect(query(second.url, 'select answer from kept')).resolves.toEqual([{ answer: 42 }]);
});

test('data that were copied without their owner are given back, and stay', async () => {
  const first = await start();
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  // A copy made by a user other than root keeps its owner.
  if (isRoot) execFileSync('chown', ['-R', 'root', join(folder, 'postgres')]);
  const { url } = await start();
  await expect(query(url, 'select answer from kept')).resolves.toEqual([{ answer: 42 }]);
  expect(lstatSync(join(folder, 'postgres')).isSymbolicLink()).toBe(false);
});

test('it asks for the password, also on this machine', async () => {
  const { url } = await start();
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
});

test('data that were made with another password are said to be so, and nothing is left running', async () => {
  const first = await start();
  await first.stop();
  await expect(start(undefined, 'of another folder')).rejects.toThrow(
    /postgres.data was created with another password/,
  );
  await expect(start()).resolves.toMatchObject({ url: expect.stringContaining('postgres://') as string });
});

test('what an interrupted first start left is begun anew', async () => {
  mkdirSync(join(folder, 'postgres', 'data.new'), { recursive: true });
  writeFileSync(join(folder, 'postgres', 'data.new', 'PG_VERSION'), '18\n');
  const { url } = await start();
  await expect(query(url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
});

test('a port that is taken is told by an error, and nothing is left running', async () => {
  const { url } = await start();
  const options = {
    dataDir: join(folder, 'other'),
    logFile: join(folder, 'other.log'),
    password: PASSWORD,
    fsync: false,
  };
  let pid = 0;
  const second = startPostgres({ ...options, port: Number(new URL(url).port), onSpawn: (spawned) => (pid = spawned) });
  await expect(second).rejects.toThrow(/Postgres ended/);
  expect(isAlive(identify(pid))).toBe(false);
});

test('a database has an owner without rights, and no other role may enter', async () => {
  const { url: adminUrl } = await start();
  const own = await ensureDatabase({ adminUrl, name: 'tenure', password: 'first' });
  const other = await ensureDatabase({ adminUrl, name: 'tenant', password: 'second' });
  await expect(ensureDatabase({ adminUrl, name: 'tenure', password: 'first' })).resolves.toBe(own);
  await expect(
    query(own, 'select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user'),
  ).resolves.toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false }]);
  const intruder = new URL(other);
  intruder.pathname = '/tenure';
  await expect(query(intruder.href, 'select 1')).rejects.toThrow('permission denied for database');
});

test('a folder that Postgres’ user cannot reach is linked to one it can', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const dataDir = join(closed, 'postgres');
  const { url } = await start(dataDir);
  await expect(query(url, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  // Only root has to become another user.
  expect(lstatSync(dataDir).isSymbolicLink()).toBe(isRoot);
  if (!isRoot) return;
  const elsewhere = readlinkSync(dataDir);
  await running?.stop();
  const { url: again } = await start(dataDir);
  await expect(query(again, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  await running?.stop();
  rmSync(elsewhere, { recursive: true, force: true });
});
