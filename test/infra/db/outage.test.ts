import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { newClient, openPool } from '../../../infra/db/connections.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { whileSoleOwner } from '../../../infra/db/repositories/sweeper-cursors.ts';
import { DatabaseUnavailableError } from '../../../infra/db/outage.ts';
import { onConnection } from '../../../infra/tenant-stacks/local/admin.ts';
import { createDatabase } from '../../support/embedded.ts';
import { eventually } from '../../support/eventually.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let proxy: TcpProxy;
let url: string;
let database: Database;

beforeAll(async () => {
  stored = await createDatabase();
});
afterAll(() => stored.drop());

beforeEach(async () => {
  const real = new URL(stored.url);
  proxy = await startTcpProxy({ host: real.hostname, port: Number(real.port) });
  real.port = String(proxy.port);
  url = real.href;
  database = openDatabase(url, { max: 2, connectMs: 500, statementMs: 500 });
});
afterEach(async () => {
  await proxy.close();
  await database.destroy();
});

const select = (db: Database): Promise<unknown> => sql`select 1`.execute(db);
/** Runs until the connection is lost. */
const busy = (): Promise<unknown> => sql`select pg_sleep(0.4)`.execute(database);

test('connections lost in the middle of statements reject them, and the process and its pool live on', async () => {
  await Promise.all([select(database), select(database)]);
  const lost = [busy(), busy()].map((query) =>
    query.then(
      () => 'answered',
      (error: unknown) => error,
    ),
  );
  await delay(50);
  proxy.cut();
  for (const outcome of await Promise.all(lost)) expect(outcome).toBeInstanceOf(DatabaseUnavailableError);
  await expect(select(database)).resolves.toBeDefined();
});

test('a connection lost between the statements of a transaction rejects it, and the process lives on', async () => {
  const transaction = database.transaction().execute(async (tx) => {
    await select(tx);
    proxy.cut();
    await delay(50);
    return select(tx);
  });
  await expect(transaction).rejects.toBeInstanceOf(DatabaseUnavailableError);
  await expect(select(database)).resolves.toBeDefined();
});

test('a half-open connection costs one bounded wait, also in a transaction, and is not used again', async () => {
  await select(database);
  const transaction = database.transaction().execute(async (tx) => {
    await select(tx);
    proxy.freeze();
    return select(tx);
  });
  await expect(transaction).rejects.toBeInstanceOf(DatabaseUnavailableError);
  proxy.thaw();
  await expect(select(database)).resolves.toBeDefined();
  await expect(select(database)).resolves.toBeDefined();
});

test('a half-open connection to the server of the tenants is an outage of it', async () => {
  const work = onConnection(
    url,
    (client) => {
      proxy.freeze();
      return client.query('select 1');
    },
    300,
  );
  await expect(work).rejects.toMatchObject({ type: 'TenantDatabaseUnavailable' });
  proxy.thaw();
});

test('a statement that takes too long is ended by the server', async () => {
  await expect(sql`select pg_sleep(60)`.execute(database)).rejects.toBeInstanceOf(DatabaseUnavailableError);
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()
    and state = 'active'`.execute(database);
  expect(rows).toEqual([{ n: 0 }]);
});

test('a refused connection is an outage, a mistake in a statement is not', async () => {
  await proxy.refuse(true);
  proxy.cut();
  await expect(select(database)).rejects.toBeInstanceOf(DatabaseUnavailableError);
  await proxy.refuse(false);
  await expect(sql`select nonsense`.execute(database)).rejects.not.toBeInstanceOf(DatabaseUnavailableError);
});

test('a client of one’s own and one taken from a plain pool outlive their connection too', async () => {
  const client = newClient(url);
  await client.connect();
  const pool = openPool(url, { max: 1 });
  const taken = await pool.connect();
  const gone = Promise.all([client, taken].map((each) => new Promise((resolve) => each.once('end', resolve))));
  proxy.cut();
  await gone;
  taken.release();
  await expect(pool.query('select 1')).resolves.toBeDefined();
  await pool.end();
});

test('the lock of a process whose host is lost is given back, and one that is at work keeps it', async () => {
  const begun = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<undefined>();
  const lost = whileSoleOwner(
    database,
    'x',
    () => {
      begun.resolve(undefined);
      return end.promise;
    },
    200,
  );
  await begun.promise;
  const elsewhere = openDatabase(stored.url, { max: 1 });
  const take = () => whileSoleOwner(elsewhere, 'x', () => Promise.resolve('taken'));
  await delay(600);
  await expect(take()).resolves.toBeUndefined();
  proxy.freeze();
  await expect(eventually('the lock to be free', take)).resolves.toBe('taken');
  end.resolve(undefined);
  await expect(lost).rejects.toBeInstanceOf(DatabaseUnavailableError);
  await elsewhere.destroy();
});
