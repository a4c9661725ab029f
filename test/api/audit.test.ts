import pg from 'pg';
import { sql } from 'kysely';
import { migrate } from '../../infra/db/migrate.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { createApiHarness, member, staff, STAFF_TOKEN, supporter, type ApiHarness } from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let owner: pg.Client;
beforeAll(async () => {
  harness = await createApiHarness();
  owner = new pg.Client({ connectionString: harness.adminUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await harness.stop();
});

interface Trail {
  readonly ok: boolean;
  readonly rows: number;
  readonly erased: number;
  readonly broken: { readonly position: number | null; readonly audit_id: number | null; readonly why: string } | null;
  readonly anchor: string;
}
const verify = async (anchor?: string): Promise<Trail> =>
  (
    await harness.app.inject({
      url: `/api/admin/audit/verify${anchor === undefined ? '' : `?anchor=${anchor}`}`,
      headers: staff,
    })
  ).json<Trail>();
const rows = (action: string, customerId: string | null) =>
  harness.database
    .selectFrom('auditEvents')
    .selectAll()
    .where('action', '=', action)
    .where('customerId', customerId === null ? 'is' : '=', customerId)
    .orderBy('auditId')
    .execute();
/** A superuser can do this: change rows that nobody may change. */
async function tamper(change: string): Promise<void> {
  await owner.query('begin');
  for (const table of ['audit_events', 'audit_chain']) await owner.query(`alter table ${table} disable trigger user`);
  await owner.query(change);
  for (const table of ['audit_events', 'audit_chain']) await owner.query(`alter table ${table} enable trigger user`);
  await owner.query('commit');
}
const note = (action: string) =>
  appendAudit(harness.database, { customerId: null, actor: 'system', action, reason: 'Ann, by phone' });

describe('the role that Tenure runs as', () => {
  test.each([
    ['change a row', 'update audit_events set actor = $$nobody$$'],
    [
      'date a row back',
      'insert into audit_events (actor, action, at) values ($$x$$, $$x$$, now() - interval $$1 day$$)',
    ],
    [
      'choose which row it is',
      'insert into audit_events (audit_id, actor, action) overriding system value values (0, $$x$$, $$x$$)',
    ],
    ['delete a row', 'delete from audit_events'],
    ['empty the table', 'truncate audit_events cascade'],
    ['turn the triggers off', 'alter table audit_events disable trigger user'],
    ['drop the table', 'drop table audit_events cascade'],
    ['become its owner', 'alter table audit_events owner to current_user'],
    ['act as its owner', 'set role tenure_audit'],
    ['write the chain', 'insert into audit_chain select * from audit_chain'],
    ['change the chain', 'update audit_chain set hash = said'],
    [
      'replace what computes the chain',
      'create or replace function chain_audit_event() returns trigger language plpgsql as $$ begin return null; end $$',
    ],
  ])('cannot %s', async (_what, statement) => {
    await note('kept');
    await expect(sql.raw(statement).execute(harness.database)).rejects.toMatchObject({ code: '42501' });
    expect(await verify()).toMatchObject({ ok: true });
  });
});

describe('what the role that Tenure runs as makes in the schema', () => {
  const made = async (definition: string) => {
    await sql.raw(`create function public.${definition}`).execute(harness.database);
    return async () => {
      await sql
        .raw(`drop function public.${definition.slice(0, definition.indexOf(' returns'))}`)
        .execute(harness.database);
    };
  };
  /** The rights of the roles and functions that the attacks target. */
  const rights = async () =>
    (
      await owner.query<{ rolsuper: boolean; functions: string[] }>(
        `select rolsuper, (select array_agg(proname::text order by proname) from pg_proc
           where proowner = 'tenure_audit'::regrole and pronamespace = 'public'::regnamespace) as functions
         from pg_roles where rolname = $1`,
        [decodeURIComponent(new URL(harness.databaseUrl).username)],
      )
    ).rows;

  test.each([
    ['a name that ends the statement', ['"audit_()volatile;alter role current_user superuser;--"()', 'audit_()']],
    ['a function that would run with the rights of its owner', ['audit_any()']],
  ])('is not taken up by a migration of the administrator: %s', async (_what, names) => {
    const before = await rights();
    const role = new URL(harness.databaseUrl).username;
    const drops = [];
    for (const name of names)
      drops.push(
        await made(`${name.replace('current_user', role)} returns int language sql security definer as 'select 1'`),
      );
    try {
      await migrate(harness.databaseUrl, { adminUrl: harness.adminUrl });
      expect(await rights()).toEqual(before);
      expect(before).toMatchObject([{ rolsuper: false, functions: { length: 5 } }]);
    } finally {
      for (const drop of drops) await drop();
    }
  });

  test.each([
    ['pg_advisory_xact_lock(integer)', 'void'],
    ['jsonb_build_array(bigint, bigint, text, text, text, text, numeric)', 'jsonb'],
  ])('is not what the chain calls: %s', async (signature, returns) => {
    const drop = await made(
      `${signature} returns ${returns} language plpgsql as $$ begin raise exception 'as %', current_user; end $$`,
    );
    try {
      expect(await note('not.hijacked')).toEqual(expect.any(Number));
    } finally {
      await drop();
    }
  });

  test('does not get the trail when a migration fails', async () => {
    await sql`create table kept as select * from migrations where name like '0002%'`.execute(harness.database);
    await sql`delete from migrations where name like '0002%'`.execute(harness.database);
    try {
      await expect(migrate(harness.databaseUrl, { adminUrl: harness.adminUrl })).rejects.toThrow();
      expect(await rights()).toMatchObject([{ functions: { length: 5 } }]);
    } finally {
      await sql`insert into migrations select * from kept`.execute(harness.database);
      await sql`drop table kept`.execute(harness.database);
    }
  });
});

describe('the chain', () => {
  test('holds over rows written at once', async () => {
    const before = await verify();
    await Promise.all(Array.from({ length: 20 }, (_, n) => note(`at.once.${String(n)}`)));
    expect(await verify(before.anchor)).toMatchObject({ ok: true, rows: before.rows + 20 });
  });

  test.each([
    ['changed', (id: number) => `update audit_events set actor = 'somebody' where audit_id = ${String(id)}`],
    ['reworded', (id: number) => `update audit_events set reason = 'other' where audit_id = ${String(id)}`],
    ['taken out of the chain', (id: number) => `delete from audit_chain where audit_id = ${String(id)}`],
    [
      'added by hand and not chained',
      (id: number) =>
        `update audit_chain set audit_id = (select max(audit_id) from audit_events) where false; delete from audit_chain where audit_id >= ${String(id)}`,
    ],
  ])('names the first row that was %s', async (_what, change) => {
    const auditId = await note('target');
    await note('after');
    const copy = `create table kept_events as select * from audit_events; create table kept_chain as select * from audit_chain`;
    await owner.query(copy);
    await tamper(change(auditId));
    const { ok, broken } = await verify();
    expect(ok).toBe(false);
    expect([auditId, auditId + 1]).toContain(broken?.audit_id);
    await tamper(`
      delete from audit_chain;
      update audit_events e set actor = k.actor, reason = k.reason from kept_events k where k.audit_id = e.audit_id;
      insert into audit_chain select * from kept_chain;
      drop table kept_events, kept_chain`);
    expect(await verify()).toMatchObject({ ok: true });
  });

  test('holds when what a person typed was erased, and says how many rows that were', async () => {
    const auditId = await note('erasable');
    const { erased } = await verify();
    const nothing = `'{"erased": true}'`;
    await tamper(`update audit_events set reason = null, details = ${nothing} where audit_id = ${String(auditId)}`);
    expect(await verify()).toMatchObject({ ok: true, erased: erased + 1 });
  });

  test('cut off at its end is noticed by an anchor kept elsewhere', async () => {
    const first = await note('stays');
    await note('cut off');
    const { anchor } = await verify();
    await tamper(
      `delete from audit_chain where audit_id > ${String(first)}; delete from audit_events where audit_id > ${String(first)}`,
    );
    expect(await verify()).toMatchObject({ ok: true });
    expect(await verify(anchor)).toMatchObject({
      ok: false,
      broken: { why: expect.stringContaining('anchor') as string },
    });
  });

  test('is for operators to verify', async () => {
    const url = '/api/admin/audit/verify';
    expect((await harness.app.inject({ url, headers: supporter })).statusCode).toBe(403);
  });
});

describe('signing in', () => {
  const login = (email: string, password: string) =>
    harness.app.inject({
      ...{ method: 'POST', url: '/api/customers/login', payload: { email, password } },
      ...{ remoteAddress: '10.1.0.1', headers: { 'x-forwarded-for': '203.0.113.77' } },
    });

  test('and failing to are noted with the network, and nothing of the person', async () => {
    const { customerId, email } = await member(harness);
    await login(email, 'Wrong-pass1');
    await login(email, 'Abcdefg1');
    expect(await rows('sign_in.failed', customerId)).toMatchObject([
      { actor: 'visitor', details: { origin: '203.0.113.0/24' } },
    ]);
    expect((await rows('sign_in.ok', customerId)).at(-1)).toMatchObject({ details: { origin: '203.0.113.0/24' } });
    expect(JSON.stringify(await rows('sign_in.failed', customerId))).not.toContain('113.77');
  });

  test('whoever guesses cannot fill the trail, which says that more was left out', async () => {
    await harness.database.deleteFrom('rateLimits').execute();
    const before = (await rows('sign_in.failed', null)).length;
    for (let n = 0; n < 40; n += 1) await login(`nobody${String(n)}@example.com`, 'Wrong-pass1');
    const written = (await rows('sign_in.failed', null)).slice(before).map(({ details }) => details);
    expect(written).toHaveLength(11);
    expect(written.map((details) => JSON.stringify(details).includes('"more":'))).toEqual([
      ...Array.from({ length: 10 }, () => false),
      true,
    ]);
  });

  test('of staff is noted with the name given, which the timeline shows and Temporal does not get', async () => {
    const { customerId } = await member(harness);
    const browser = new Browser(harness.app);
    await browser.get('/console/login');
    await browser.post('/console/login', { name: 'Grace Hopper', token: 'wrong' });
    await browser.post('/console/login', { name: 'Grace Hopper', token: STAFF_TOKEN });
    expect(await rows('staff.sign_in_failed', null)).toHaveLength(1);
    expect((await rows('staff.signed_in', null)).at(-1)).toMatchObject({
      details: { name: 'Grace Hopper', role: 'operator' },
    });
    harness.temporal.answers = [() => ({ trialEndsAt: '2026-12-01T00:00:00.000Z' })];
    await browser.get(`/console/customers/${customerId}`);
    await browser.post(`/console/customers/${customerId}/extend-trial`, { days: '3', reason: 'asked' });
    const page = await browser.get(`/console/customers/${customerId}`);
    expect(page.body).toContain('Grace Hopper (staff:');
    expect(JSON.stringify(harness.temporal.updates)).toContain('staff:');
    expect(JSON.stringify(harness.temporal.updates)).not.toContain('Grace');
  });
});

describe('in the trail stands too', () => {
  const noted = async (customerId: string | null, action: string) =>
    (await rows(action, customerId)).map(({ actor, details }) => ({ actor, details }));

  test('when a customer enters their instance, and signs out, once', async () => {
    const { customerId, email } = await member(harness);
    const instanceUrl = 'http://acme.localhost:3180';
    await harness.database.updateTable('customers').set({ instanceUrl }).where('customerId', '=', customerId).execute();
    const browser = new Browser(harness.app);
    await browser.get('/login');
    await browser.post('/login', { email, password: 'Abcdefg1' });
    await browser.get('/account/instance');
    await browser.get('/account');
    for (let n = 0; n < 2; n += 1) await browser.post('/logout');
    const line = [{ actor: 'customer', details: { origin: '127.0.0.0/24' } }];
    expect(await noted(customerId, 'instance.entered')).toEqual(line);
    expect(await noted(customerId, 'customer.signed_out')).toEqual(line);
  });

  test('a member of staff who signs out', async () => {
    const browser = new Browser(harness.app);
    await browser.get('/console/login');
    await browser.post('/console/login', { name: 'Grace Hopper', token: STAFF_TOKEN });
    await browser.get('/console');
    await browser.post('/console/logout');
    const { actor } = (await rows('staff.signed_in', null)).at(-1) ?? {};
    expect((await noted(null, 'staff.signed_out')).at(-1)).toMatchObject({ actor });
  });
});

test('a command sent five times under one key is one row', async () => {
  const { customerId } = await member(harness);
  harness.temporal.answers = [() => ({ trialEndsAt: '2026-12-01T00:00:00.000Z' })];
  const send = () =>
    harness.app.inject({
      ...{ method: 'POST', url: `/api/admin/customers/${customerId}/extend-trial`, payload: { days: 3, reason: 'x' } },
      headers: { ...staff, 'idempotency-key': 'five-times' },
    });
  const replies = await Promise.all([send(), send(), send()]);
  replies.push(await send(), await send());
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
  const [row, ...others] = await rows('command.extendTrial', customerId);
  expect(others).toEqual([]);
  const sent = harness.temporal.updates.filter(({ workflowId }) => workflowId === `customer/${customerId}`);
  expect(new Set(sent.map(({ argument }) => (argument as { auditId: number }).auditId))).toEqual(
    new Set([row?.auditId]),
  );
});
