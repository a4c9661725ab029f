import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STAFF_TOKEN, createBench, member, type Bench } from './bench.ts';

const main = fileURLToPath(new URL('../../api/cli/main.ts', import.meta.url));
let bench: Bench;
let home: string;
beforeAll(async () => {
  bench = await createBench();
  home = await mkdtemp(join(tmpdir(), 'tenure-cli-'));
  const api = await bench.app.listen({ port: 0, host: '127.0.0.1' });
  await writeFile(join(home, 'run.json'), JSON.stringify({ api, staffToken: STAFF_TOKEN }));
}, 60_000);
afterAll(async () => {
  await bench.stop();
  await rm(home, { recursive: true });
});
beforeEach(() => {
  bench.temporal.updates.length = 0;
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as a script runs it: a process of its own. */
const tenure = (...words: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env: { TENURE_HOME: home } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

test('list and show, for people and for programs', async () => {
  const { customerId } = await member(bench, { company_name: 'Readable \u001b[31mLtd'.replace('\u001b', '') });
  const listed = await tenure('list');
  expect(listed).toMatchObject({ code: 0 });
  expect(listed.out).toMatch(new RegExp(`${customerId} +Readable`));
  const parsed = JSON.parse((await tenure('list', '--json', '--phase', 'onboarding')).out) as {
    customers: { customer_id: string }[];
  };
  expect(parsed.customers.map(({ customer_id }) => customer_id)).toContain(customerId);
  const shown = JSON.parse((await tenure('show', 'readable', '--json')).out) as { customer: { customer_id: string } };
  expect(shown.customer.customer_id).toBe(customerId);
  expect((await tenure('show', customerId)).out).toContain('phase');
});

test('replay sends the correction and the reason', async () => {
  const { customerId } = await member(bench);
  bench.temporal.answers = [() => ({ willRun: ['stack', 'instanceHealth'], nothingToDo: false })];
  const ran = await tenure(
    'replay',
    customerId,
    '--from',
    'failed',
    '--correct',
    'slug=better',
    '--reason',
    'reserved',
    '--json',
  );
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(ran.out)).toEqual({ will_run: ['stack', 'instanceHealth'], nothing_to_do: false });
  const [row] = await bench.database
    .selectFrom('corrections')
    .selectAll()
    .where('customerId', '=', customerId)
    .execute();
  expect(row?.patch).toEqual({ slug: 'better' });
});

test('advance takes a plain date', async () => {
  const { customerId } = await member(bench);
  bench.temporal.answers = [() => ({ now: '2026-12-24T00:00:00.000Z', reached: true })];
  expect((await tenure('advance', customerId, '--to', '2026-12-24')).out).toContain('reached: true');
  expect(bench.temporal.updates).toMatchObject([
    { name: 'advanceClock', argument: { to: '2026-12-24T00:00:00.000Z' } },
  ]);
});

test('exit codes tell scripts what happened', async () => {
  const { customerId } = await member(bench);
  bench.temporal.refuse('Not now.');
  expect(await tenure('cancel', customerId, '--reason', 'x')).toMatchObject({ code: 1, out: '', err: 'Not now.\n' });
  expect(await tenure('show', 'nobody-like-this')).toMatchObject({ code: 1 });
  expect(await tenure('cancel', customerId)).toMatchObject({ code: 2 });
  expect(await tenure('advance', customerId, '--to', 'soon')).toMatchObject({ code: 2 });
  expect(await tenure('--help')).toMatchObject({ code: 0 });
  bench.temporal.down = true;
  const unknown = await tenure('cancel', customerId, '--reason', 'x', '--key', 'again-1');
  bench.temporal.down = false;
  expect(unknown).toMatchObject({ code: 4 });
  expect(unknown.err).toContain('again-1');
});

test('with nothing running it says what to do', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'tenure-cli-'));
  const before = home;
  home = empty;
  const ran = await tenure('list');
  home = before;
  await rm(empty, { recursive: true });
  expect(ran.code).toBe(3);
  expect(ran.err).toContain('npm start');
});
