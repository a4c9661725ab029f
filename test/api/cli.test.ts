import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STAFF_TOKEN, createApiHarness, member, type ApiHarness } from './harness.ts';

const main = fileURLToPath(new URL('../../api/cli/main.ts', import.meta.url));
let harness: ApiHarness;
let home: string;
beforeAll(async () => {
  harness = await createApiHarness();
  home = await mkdtemp(join(tmpdir(), 'tenure-cli-'));
  const api = await harness.app.listen({ port: 0, host: '127.0.0.1' });
  await writeFile(join(home, 'run.json'), JSON.stringify({ api, staffToken: STAFF_TOKEN }));
});
afterAll(async () => {
  await harness.stop();
  await rm(home, { recursive: true });
});
beforeEach(() => {
  harness.temporal.updates.length = 0;
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as a script runs it: in its own process. */
const run = (words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

const tenure = (...words: string[]): Promise<Ran> => run(words, { TENURE_HOME: home });

test('list and show, for people and for programs', async () => {
  const { customerId } = await member(harness, { company_name: 'Readable \u001b[31mLtd'.replace('\u001b', '') });
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

test('what people typed cannot steer the terminal, in errors either', async () => {
  const refused = await tenure('show', 'nobody\u001b[2J\u202e');
  expect(refused).toMatchObject({ code: 1, err: 'No customer matches "nobody [2J ".\n' });
  const { customerId } = await member(harness);
  const odd = await tenure('extend-trial', customerId, '--days', '0x10', '--reason', 'x');
  expect(odd).toMatchObject({ code: 2, err: '"0x10" is not a number.\n' });
  expect(harness.temporal.updates).toEqual([]);
});

test('replay sends the correction and the reason', async () => {
  const { customerId } = await member(harness);
  harness.temporal.answers = [() => ({ willRun: ['stack', 'instanceHealth'], nothingToDo: false })];
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
  const customer = { customer_id: customerId, company_name: 'Acme Rockets' };
  expect(JSON.parse(ran.out)).toEqual({ ...customer, will_run: ['stack', 'instanceHealth'], nothing_to_do: false });
  const [row] = await harness.database
    .selectFrom('corrections')
    .selectAll()
    .where('customerId', '=', customerId)
    .execute();
  expect(row?.patch).toEqual({ slug: 'better' });
});

describe('which customer is meant', () => {
  const cancel = (who: string, ...more: string[]) => tenure('cancel', who, '--when', 'now', '--reason', 'x', ...more);
  const ended = () => harness.temporal.updates.map(({ workflowId }) => workflowId);

  test('an empty text means nobody, in every command that takes a customer', async () => {
    for (const words of [
      ['cancel', '', '--when', 'now', '--reason', 'x'],
      ['erase', '  ', '--confirm', '', '--reason', 'x'],
      ['replay', '', '--reason', 'x'],
      ['replay-batch', '', '--reason', 'x'],
      ['reconcile', '', '--mend', '--reason', 'x'],
      ['show', ''],
      ['events', '--customer', ''],
    ])
      expect(await tenure(...words)).toEqual({
        ...{ code: 2, out: '' },
        err: 'The customer is empty: give an id, a name or an e-mail address.\n',
      });
    expect(ended()).toEqual([]);
  });

  test('a part of a name is enough to read, and for nothing else', async () => {
    const { customerId } = await member(harness, { company_name: 'Contonso Zinc' });
    const whole = `"zinc" is only part of a name or address: it matches ${customerId} (Contonso Zinc). Give the id.\n`;
    for (const words of [
      ['cancel', 'zinc', '--when', 'now', '--reason', 'x'],
      ['erase', 'zinc', '--confirm', customerId, '--reason', 'x'],
      ['refund', 'zinc', '--reason', 'x'],
      ['replay', 'zinc', '--reason', 'x'],
      ['replay-batch', 'zinc', '--reason', 'x'],
      ['reconcile', 'zinc', '--mend', '--reason', 'x'],
    ])
      expect(await tenure(...words)).toEqual({ code: 1, out: '', err: whole });
    expect(ended()).toEqual([]);
    expect(await tenure('show', 'zinc')).toMatchObject({ code: 0, out: expect.stringContaining(customerId) as string });
    expect(await cancel('nobody-like-this')).toMatchObject({ err: 'No customer matches "nobody-like-this".\n' });
  });

  test('an exact name, instance name or address is enough, is preferred, and the reply says whose it is', async () => {
    const small = await member(harness, { company_name: 'Big' });
    await member(harness, { company_name: 'Bigint' });
    await harness.database
      .updateTable('customers')
      .set({ slug: 'big-1' })
      .where('customerId', '=', small.customerId)
      .execute();
    for (const who of ['big', 'BIG-1', small.email.toUpperCase(), small.customerId]) {
      harness.temporal.updates.length = 0;
      harness.temporal.answers = [() => ({ accepted: true, endsAt: null })];
      const ran = await cancel(who);
      expect(ran).toMatchObject({ code: 0, err: '' });
      expect(ran.out).toMatch(new RegExp(`^customer: ${small.customerId} \\(Big\\)\n`));
      expect(ended()).toEqual([`customer/${small.customerId}`]);
    }
    expect((await tenure('show', 'big')).out).toContain(small.customerId);
    const other = await member(harness, { company_name: 'BIG' });
    const refused = await cancel('big');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^Several customers match "big": .* Give the id\.\n$/);
    for (const { customerId } of [small, other]) expect(refused.err).toContain(customerId);
  });

  test('an id is that of its customer, whatever another calls their company', async () => {
    const { customerId } = await member(harness, { company_name: 'Meant' });
    await member(harness, { company_name: customerId });
    harness.temporal.updates.length = 0;
    harness.temporal.answers = [() => ({ accepted: true, endsAt: null })];
    const ran = await cancel(customerId);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(new RegExp(`^customer: ${customerId} \\(Meant\\)\n`));
    expect(ended()).toEqual([`customer/${customerId}`]);
  });
});

test('advance takes a plain date', async () => {
  const { customerId } = await member(harness);
  harness.temporal.answers = [() => ({ now: '2026-12-24T00:00:00.000Z', reached: true })];
  expect((await tenure('advance', customerId, '--to', '2026-12-24')).out).toContain('reached: true');
  expect(harness.temporal.updates).toMatchObject([
    { name: 'advanceClock', argument: { to: '2026-12-24T00:00:00.000Z' } },
  ]);
});

describe('onboard (S0-10)', () => {
  const words = (...more: string[]) => ['--name', 'Analytical', '--email', `ada-${randomUUID()}@example.com`, ...more];

  test('onboards a customer, asking nothing when told so; also under the name of the source', async () => {
    const ran = await tenure(
      'onboard-customer',
      ...words(
        '--tier',
        'professional',
        '--region',
        'us-east',
        '--framework',
        'hipaa',
        '--skip-terraform',
        '--api-triggered',
        '--json',
      ),
    );
    expect(ran).toMatchObject({ code: 0, err: '' });
    const reply = JSON.parse(ran.out) as { customer_id: string };
    expect(reply).toMatchObject({
      ...{ outcome: 'created', plan: 'professional', framework: 'hipaa', provisioning: 'skipped' },
    });
    expect((await tenure('show', reply.customer_id)).out).toMatch(/framework +hipaa[\s\S]*instance +no instance/);
    const audit = harness.database.selectFrom('auditEvents').select(['actor', 'reason']);
    expect(await audit.where('customerId', '=', reply.customer_id).execute()).toEqual([
      { actor: 'staff:token', reason: 'onboarded on the command line' },
    ]);
  });

  test('again with the same id: exit 0 and nothing twice; with other details: exit 1 and what differs', async () => {
    const id = ['--customer-id', `cust_${randomUUID()}`, '--api-triggered'];
    const same = words(...id, '--skip-provisioning');
    expect((await tenure('onboard', ...same)).out).toContain('outcome: created');
    expect((await tenure('onboard', ...same)).out).toContain('outcome: already_there');
    const other = await tenure('onboard', ...same, '--tier', 'enterprise');
    expect(other).toMatchObject({ code: 1, out: '' });
    expect(other.err).toContain('plan is starter, not enterprise.');
    const yearly = await tenure('onboard', ...same, '--billing-cycle', 'annual');
    expect(yearly.err).toContain('billing_cycle must be one of monthly.');
    const weekly = await tenure('onboard', ...same, '--billing-cycle', 'weekly');
    expect([weekly.code, weekly.err]).toEqual([2, expect.stringContaining('one of: monthly, quarterly, annual')]);
  });

  test('where nobody can be asked it says to give --api-triggered, and takes nobody on', async () => {
    const before = await harness.count('customers');
    const ran = await tenure('onboard', ...words());
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain('--api-triggered');
    expect(await tenure('onboard', '--name', 'x', '--api-triggered')).toMatchObject({ code: 2 });
    expect(await harness.count('customers')).toBe(before);
  });
});

test('refund, unlock and erase, with a reason', async () => {
  const { customerId } = await member(harness);
  harness.temporal.results = {
    stackLock: () => 'nobody',
    refund: () => ({
      ...{ refundId: 're_1', invoiceId: 'in_cli', amount: 500, currency: 'usd', refundedInAll: 500, paid: 9_900 },
    }),
  };
  harness.temporal.answers = [() => ({ accepted: true })];
  const nothing = await tenure('refund', customerId, '--reason', 'x');
  expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('no paid invoice') as string });
  const money = { currency: 'usd', amountDue: 9_900, amountPaid: 9_900, status: 'paid', invoiceCreatedAt: new Date() };
  await harness.database
    .insertInto('invoices')
    .values({ stripeInvoiceId: 'in_cli', customerId, ...money })
    .execute();
  const refunded = await tenure('refund', customerId, '--amount', '500', '--reason', 'x', '--key', 'k', '--json');
  expect(JSON.parse(refunded.out)).toMatchObject({ refund_id: 're_1', amount: 500 });
  expect([...harness.temporal.started.keys()]).toContain(`refund/${customerId}/k`);
  expect((await tenure('unlock', customerId, '--reason', 'x')).out).toContain('was_locked: false');
  expect((await tenure('erase', customerId, '--confirm', customerId, '--reason', 'x')).out).toContain('accepted: true');
  expect(harness.temporal.updates).toMatchObject([{ name: 'eraseAccount' }]);
  for (const command of ['refund', 'unlock', 'erase'])
    expect(await tenure(command, customerId)).toMatchObject({ code: 2 });
});

test('an amount with a decimal point is refused, and so is another whole number with one', async () => {
  const { customerId } = await member(harness);
  for (const amount of ['1.00', '1.50', '99.', '.99', '1,00', 'all'])
    expect(await tenure('refund', customerId, '--amount', amount, '--reason', 'x')).toEqual({
      ...{ code: 2, out: '' },
      err: `--amount takes a whole number in the smallest unit of the currency (100 is 1.00 USD), not "${amount}".\n`,
    });
  expect(await tenure('replay-batch', customerId, '--concurrency', '2.0', '--reason', 'x')).toEqual({
    ...{ code: 2, out: '', err: '--concurrency takes a whole number, not "2.0".\n' },
  });
  expect(await tenure('extend-trial', customerId, '--days', '0.5', '--reason', 'x')).not.toMatchObject({ code: 2 });
});

test('exit codes tell scripts what happened', async () => {
  const { customerId } = await member(harness);
  harness.temporal.refuse('Not now.');
  expect(await tenure('cancel', customerId, '--when', 'now', '--reason', 'x')).toMatchObject({
    code: 1,
    out: '',
    err: 'Not now.\n',
  });
  expect(await tenure('show', 'nobody-like-this')).toMatchObject({ code: 1 });
  expect(await tenure('cancel', customerId)).toMatchObject({ code: 2 });
  expect(await tenure('advance', customerId, '--to', 'soon')).toMatchObject({ code: 2 });
  expect(await tenure('reconcile', '--end')).toMatchObject({ code: 2, err: '--end needs --mend.\n' });
  expect(await tenure('reconcile', '--mend', '--end', '--reason', 'x')).toMatchObject({
    code: 2,
    err: '--end needs a customer. For everybody in the list, add --all.\n',
  });
  expect(await tenure('reconcile', '--mend')).toMatchObject({ code: 2, err: '--mend needs --reason <text>.\n' });
  expect(await tenure('--help')).toMatchObject({ code: 0 });
  harness.temporal.down = true;
  const unknown = await tenure('cancel', customerId, '--when', 'now', '--reason', 'x', '--key', 'again-1');
  harness.temporal.down = false;
  expect(unknown).toMatchObject({ code: 4 });
  expect(unknown.err).toContain('--key again-1');
});

test('events of Stripe are listed and shown, and one is handed on again', async () => {
  const { customerId } = await member(harness);
  const eventId = `evt_${randomUUID()}`;
  const reason = 'the workflow it is for is not running';
  const event = { eventId, type: 'invoice.paid', livemode: false, eventCreatedAt: new Date(), customerId };
  await harness.database
    .insertInto('stripeEvents')
    .values({ ...event, state: 'parked', reason })
    .execute();
  const listed = await tenure('events', '--customer', customerId, '--state', 'parked', '--since', '2026-01-01');
  expect(listed.out).toMatch(new RegExp(`${eventId} +invoice.paid +${customerId} +parked +0 +${reason}`));
  expect((await tenure('events', '--until', '2026-01-01')).out).toBe('No events.\n');
  expect((await tenure('events', eventId)).out).toContain(`Not acted on until it is redelivered: ${reason}.`);
  const redriven = await tenure('redrive', eventId, '--reason', 'it runs again', '--json');
  expect(JSON.parse(redriven.out)).toMatchObject({ state: 'done', redrives: [{ reason: 'it runs again' }] });
  expect((await tenure('outages')).out).toBe('No outages: nothing has been unavailable for two minutes or more.\n');
  expect(await tenure('events', 'not an id')).toMatchObject({ code: 2 });
  expect(await tenure('redrive', 'evt_never', '--reason', 'x')).toMatchObject({ code: 1 });
});

test('what is wrong is told in the words that were typed', async () => {
  const { customerId } = await member(harness);
  const key = await tenure('revoke-key', customerId, '--id', 'nonsense', '--reason', 'x');
  expect(key).toMatchObject({ code: 1, err: expect.stringMatching(/^--id must be a UUID/) as string });
  const again = await tenure('unlock', customerId, '--key', 'a b', '--reason', 'x');
  expect(again).toMatchObject({ code: 2, err: expect.stringMatching(/^--key must be 1 to 100/) as string });
  const slug = ['--correct', 'slug=-a', '--reason', 'x'];
  const wrong = await tenure('replay', customerId, ...slug);
  expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/^--correct slug must be/) as string });
  const twice = await tenure('replay', customerId, '--correct', 'slug=b', ...slug);
  expect(twice).toMatchObject({ code: 2, err: '--correct gives "slug" more than once.\n' });
  const token = await run(['list'], { TENURE_HOME: home, TENURE_TOKEN: 'a\nb' });
  expect(token).toMatchObject({ code: 2, err: 'The token must be printable ASCII characters without blanks.\n' });
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

test('a start with a wrong option, or with a product that is not there, says what to do', async () => {
  const slip = await tenure('start', '--prodct', 'x');
  expect(slip.code).toBe(2);
  expect(slip.err).toMatch(/unknown option '--prodct'[^]*Did you mean --product\?[^]*your product\.ts or\s+the folder/);
  expect(await tenure('start', 'product.ts')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/Usage:/) as string,
  });
  expect(await tenure('start', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('.tenure') as string });
  const elsewhere = await mkdtemp(join(tmpdir(), 'tenure-cli-'));
  const absent = join(elsewhere, 'product.ts');
  const env = { TENURE_HOME: join(elsewhere, 'home'), TENURE_PRODUCT: 'tenure' };
  const missing = await run(['start', '--product', absent], env);
  await rm(elsewhere, { recursive: true });
  expect(missing.code).toBe(1);
  expect(missing.err).toContain(`in ${absent}. Give the folder it is in, or the file.`);
});

test.each([
  [['api', '--x'], 2, /unknown option '--x'[^]*Usage: tenure api/],
  [['api'], 1, /^STAFF_TOKEN must be set\.\n$/],
  [['lifecycle-worker'], 1, /^DATABASE_URL must be set\.\n$/],
  [['migrate', '--x'], 2, /^Unknown option '--x'[^]*Usage: npm run migrate/],
  [['gateway', '--x'], 2, /^Unknown option '--x'[^]*Usage: tenure gateway --home/],
  [['doctor', '--process', 'x'], 2, /^--process must be one of api, [^]*Usage: npm run doctor/],
])('%j says what is wrong, in the program it starts', async (args, code, sentence) => {
  expect(await tenure(...args)).toMatchObject({ code, err: expect.stringMatching(sentence) as string });
});

test('the API at an address is reached with a token from the environment or a file, which is never shown', async () => {
  const { api } = JSON.parse(await readFile(join(home, 'run.json'), 'utf8')) as { api: string };
  const tokenFile = join(home, 'token');
  await writeFile(tokenFile, `${STAFF_TOKEN}\n`);
  const elsewhere = { TENURE_HOME: join(home, 'nothing-runs-here') };
  const list = ['list', '--json'];
  const byVariable = { ...elsewhere, TENURE_URL: api, TENURE_TOKEN: STAFF_TOKEN };
  expect(await run(list, byVariable)).toMatchObject({ code: 0, err: '' });
  expect(await run(['--url', api, ...list], { ...elsewhere, TENURE_TOKEN_FILE: tokenFile })).toMatchObject({ code: 0 });
  const wrong = await run(['--url', api, '--token', 'wrong-token', ...list], elsewhere);
  expect(wrong.code).toBe(1);
  expect(wrong.out + wrong.err).not.toContain('wrong-token');
  const without = await run(['--url', api, ...list], elsewhere);
  expect(without).toMatchObject({ code: 2, err: expect.stringContaining('TENURE_TOKEN_FILE') as string });
  expect((await run(list, elsewhere)).code).toBe(3);
});
