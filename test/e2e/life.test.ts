import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { eventually } from '../support/eventually.ts';
import { Journey } from './support/journey.ts';

const journey = new Journey();
beforeAll(() => journey.start());
afterAll(() => journey.stop());

const READY = 'Your instance is ready';

describe('the life of a customer, on what npm start runs', () => {
  it('S1-1 S1-7 S3-1: a signup becomes an instance with a database of its own, two mails, and workflows by phase', async () => {
    const ada = await journey.inTrial('Ada Engines');
    const page = await ada.frontPage(journey.world, ada.slug);
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Ada Engines') as unknown });
    expect(await journey.world.databaseExists(ada.customerId)).toBe(true);
    await eventually('two mails', async () => ((await journey.world.inbox(ada.email)).length === 2 ? true : undefined));
    expect(await journey.world.inbox(ada.email)).toEqual(['Welcome to Tenure', READY]);
    expect(await journey.runsOf(ada.customerId)).toEqual(['onboarding', 'trialCountdown']);
    expect((await journey.world.subscription(ada.customerId))?.status).toBe('trialing');
  });

  it('S1-4 S3-2: a restart in mid-trial goes on where it was; reminders are sent once; then the instance is read-only', async () => {
    const bea = await journey.inTrial('Bea Boats');
    await journey.advance(bea.customerId, 8);
    await journey.restart();
    await eventually('instance', async () =>
      (await journey.world.instance(bea.slug, '/')).status === 200 ? true : undefined,
    );
    await journey.advance(bea.customerId, 7);
    expect((await journey.world.inbox(bea.email)).slice(2)).toEqual([
      '7 days left in your trial',
      '2 days left - time to upgrade!',
      'Trial expired - upgrade to continue',
    ]);
    expect((await journey.health(bea.slug)).mode).toBe('read_only');
    await bea.payByCard('4242424242424242');
    await journey.until(bea, ({ phase, standing }) => phase === 'subscription' && standing === 'active', 'conversion');
    await eventually('active instance', async () =>
      (await journey.health(bea.slug)).mode === 'active' ? true : undefined,
    );
    expect(await journey.world.paid(bea.customerId)).toBe(9_900);
  });

  it('S0-14 S3-4: renewals renew the licence; a failed payment is mailed once and recovers; a cancellation can be undone', async () => {
    const cid = await journey.inTrial('Cid Cranes');
    await cid.payByCard('4242424242424242');
    await journey.until(cid, ({ phase }) => phase === 'subscription', 'conversion');
    const licensed = async () => (await journey.health(cid.slug)).licence.expires_at;
    const first = await eventually('licence', async () =>
      (await licensed()) > isoInDays(25) ? licensed() : undefined,
    );
    await journey.advance(cid.customerId, 32);
    expect(Date.parse(await licensed())).toBeGreaterThan(Date.parse(first) + 25 * DAY_MS);
    expect(await journey.world.paid(cid.customerId)).toBe(2 * 9_900);
    await cid.cancelAtPeriodEnd();
    await cid.undoCancellation();
    expect((await journey.world.customer(cid.customerId)).phase).toBe('subscription');
  });

  it('S3-8 S4-18: cancelled now, nothing of the stack is left, and the backup waits for its time', async () => {
    const dot = await journey.inTrial('Dot Drones');
    await dot.cancel('too expensive');
    await journey.until(dot, ({ phase }) => phase === 'ended', 'the end');
    expect(await journey.world.databaseExists(dot.customerId)).toBe(false);
    expect((await journey.world.instance(dot.slug, '/')).status).toBe(404);
    expect((await journey.world.subscription(dot.customerId))?.status).toBe('canceled');
    const backups = await journey.database
      .selectFrom('backups')
      .selectAll()
      .where('customerId', '=', dot.customerId)
      .execute();
    expect(backups).toMatchObject([{ deletedAt: null }]);
    await journey.advance(dot.customerId, 31);
    expect(await journey.runsOf(dot.customerId)).toEqual(['onboarding', 'trialCountdown', 'cancellation']);
    await eventually('the last workflow to complete', async () =>
      (await journey.world.workflow(dot.customerId)).status === 'COMPLETED' ? true : undefined,
    );
  });

  it('S2-6: an erased account leaves nothing of the person in Postgres, and no customer in Stripe', async () => {
    const eve = await journey.inTrial('Eve Erasers');
    const { stripeCustomerId } = await journey.world.customer(eve.customerId);
    await eve.erase();
    await journey.until(eve, ({ phase, email }) => phase === 'ended' && email === null, 'the erasure');
    const row = await journey.world.customer(eve.customerId);
    expect(row).toMatchObject({ companyName: null, fullName: null, slug: null, stripeCustomerId: null });
    const tables = await sql<{ data: string }>`
      select query_to_xml(format('select * from %I', table_name), true, false, '')::text as data
      from information_schema.tables where table_schema = 'public'`.execute(journey.database);
    const all = tables.rows.map(({ data }) => data).join('\n');
    expect(all).not.toContain(eve.email);
    expect(all).not.toContain('Eve Erasers');
    const gone = await fetch(`${journey.run.stripe}/v1/customers/${stripeCustomerId ?? ''}`, {
      headers: { authorization: `Bearer ${journey.run.stripeSecretKey}` },
    });
    expect(gone.status === 404 || ((await gone.json()) as { deleted?: boolean }).deleted === true).toBe(true);
    expect(await journey.world.databaseExists(eve.customerId)).toBe(false);
  });

  it('S0-1 S0-7: a prospect who pays first is a customer once the Checkout is completed, and sets the password by the link', async () => {
    const email = 'gil@payers.example';
    const open = (body: object) =>
      fetch(new URL('/api/customers/checkout', journey.run.api), {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ email, company_name: 'Gil Gardens', ...body }),
      });
    expect((await open({ company_name: '' })).status).toBe(400);
    const { checkout_url: url, session_id: id } = (await (await open({})).json()) as Record<string, string>;
    const state = async () =>
      (await (await fetch(new URL(`/api/customers/checkout/${id ?? ''}`, journey.run.api))).json()) as {
        readonly status: string;
        readonly customer_id: string | null;
      };
    expect(await state()).toEqual({ status: 'open', customer_id: null });
    const form = new URLSearchParams({ card: '4242424242424242', expiry: '12/34', cvc: '123', name: 'Gil' });
    const done = await fetch(url ?? '', { method: 'POST', body: form, redirect: 'manual' });
    const welcome = await fetch(done.headers.get('location') ?? '');
    expect([welcome.status, await welcome.text()]).toEqual([200, expect.stringMatching(/Thank you|account is ready/)]);
    const customerId = await eventually('the customer', async () => (await state()).customer_id ?? undefined);
    await journey.until({ customerId }, ({ phase, attention }) => phase === 'trial' && attention === null, 'the trial');
    await eventually('the mails', async () => (await journey.world.inbox(email)).length === 2);
    expect(await journey.world.inbox(email)).toEqual(['Welcome to Tenure', READY]);
    expect((await open({})).status).toBe(409);
  });

  it('a killed instance answers 502 and is back in seconds', async () => {
    const fay = await journey.inTrial('Fay Ferries');
    const { pid } = JSON.parse((await journey.world.instance(fay.slug, '/api/health')).body) as { pid?: number };
    const folder = join(journey.home, 'tenants');
    const instance = pid ?? pidOfInstance(folder, fay.customerId);
    process.kill(instance, 'SIGKILL');
    await eventually('the instance', async () =>
      (await journey.world.instance(fay.slug, '/')).status === 200 ? true : undefined,
    );
    expect(pidOfInstance(folder, fay.customerId)).not.toBe(instance);
  });

  it('npm run demo tells a story that is so, line by line', async () => {
    const env = { PATH: '/usr/bin:/bin', TENURE_HOME: journey.home };
    const demo = await promisify(execFile)(process.execPath, ['api/cli/demo.ts'], { env, timeout: 120_000 });
    expect(demo.stdout).toContain('22 of 22');
  });

  it('N3: nobody’s name or address is in the logs, and every exchange with Stripe held to its document', async () => {
    const logs = readdirSync(join(journey.home, 'logs'))
      // Postgres' own log and the stand-in inbox are outside systems here; we write all the other files.
      .filter((file) => file.endsWith('.log'))
      .map((file) => readFileSync(join(journey.home, 'logs', file), 'utf8'))
      .join('\n');
    for (const secret of [
      'Ada Engines',
      '@demo.example',
      'Demo-Passw0rd',
      'too expensive',
      journey.run.staffToken,
      journey.run.stripeSecretKey,
    ])
      expect(logs).not.toContain(secret);
    expect(await journey.stripeReport()).toMatchObject({ unvalidated: 0, failures: [] });
  });
});

const DAY_MS = 86_400_000;
const isoInDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

function pidOfInstance(folder: string, customerId: string): number {
  const name = readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const line = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      return line.includes(folder) && line.includes(customerId.replace('_', '-')) && !line.includes('gateway');
    } catch {
      return false;
    }
  });
  return Number(name);
}
