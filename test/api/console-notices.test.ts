import { followDifferences, noteComparisons, noteSeen } from '../../infra/db/repositories/differences.ts';
import { followWaitingWork } from '../../infra/db/repositories/outages.ts';
import { noteWaiting } from '../../infra/db/repositories/waiting-work.ts';
import { createApiHarness, member, staff, STAFF_TOKEN, type ApiHarness } from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

async function inConsole(): Promise<Browser> {
  const browser = new Browser(harness.app);
  await browser.get('/console/login');
  await browser.post('/console/login', { token: STAFF_TOKEN, name: 'Tess' });
  return browser;
}

const squeezed = (markup: string): string => markup.replace(/\s+/g, ' ');

test('an outage is shown to the customer it holds up, and once to support, until it is over', async () => {
  const { customerId, headers } = await member(harness);
  const now = new Date();
  await harness.database
    .updateTable('customers')
    .set({ phase: 'onboarding', attention: null, workflowStartedAt: now })
    .where('customerId', '=', customerId)
    .execute();
  const progress = async () => squeezed((await harness.app.inject({ url: '/onboarding', headers })).body);
  const tester = await inConsole();
  const list = async () => squeezed((await tester.get('/console')).body);
  expect(await progress()).not.toContain('waiting for');
  expect(await list()).not.toContain('Waiting for Stripe');

  const work = { workflowId: `customer/${customerId}`, work: 'stripeCustomer:run:1', customerId };
  const row = { errorType: 'StripeUnavailable', waitsFor: 'Stripe', attempts: 3, lastingMs: 0, nextTryInMs: 0 };
  await noteWaiting(harness.database, { ...work, ...row });
  await followWaitingWork(harness.database, 0);
  expect(await progress()).toContain('We&#39;re waiting for Stripe to respond.');
  expect(await list()).toMatch(/Waiting for Stripe since .* 1 customer is held up/);

  await harness.database.deleteFrom('waitingWork').execute();
  await followWaitingWork(harness.database, 0);
  expect(await progress()).not.toContain('waiting for');
  expect(await list()).not.toContain('Waiting for Stripe');
});

test('an outage is listed with those it holds up, their tries and the next one, and as over afterwards', async () => {
  const [one, other] = [await member(harness, { company_name: 'Orbit' }), await member(harness)];
  const [since, nextTryAt] = [new Date('2026-01-02T03:04:05Z'), new Date('2099-01-02T03:04:05Z')];
  const row = { errorType: 'StripeUnavailable', waitsFor: 'Stripe', lastingMs: 0, nextTryInMs: 0 };
  const note = ({ customerId }: { customerId: string }, work: string, attempts: number) =>
    noteWaiting(harness.database, { ...row, workflowId: `customer/${customerId}`, work, customerId, attempts });
  await note(one, 'stripeCustomer:run:1', 3);
  await note(one, 'duty', 7);
  await note(other, 'duty', 2);
  await harness.database.updateTable('waitingWork').set({ since, nextTryAt }).execute();
  await followWaitingWork(harness.database, 120);
  const tester = await inConsole();
  const api = async () => {
    const reply = await harness.app.inject({ url: '/api/admin/outages', headers: staff });
    return reply.json<{ outages: readonly object[] }>().outages[0];
  };
  const page = async () => squeezed((await tester.get('/console/outages')).body);
  const held = { since: since.toISOString(), next_try_at: nextTryAt.toISOString() };
  expect(await api()).toMatchObject({
    ...{ waits_for: 'Stripe', error_type: 'StripeUnavailable', ended_at: null, cause: expect.any(String) as string },
    ...{ since: since.toISOString(), next_try_at: nextTryAt.toISOString(), attempts: 7 },
    ...{ customers_at_most: 2, customers_now: 2 },
    held_up: expect.arrayContaining([
      { customer_id: one.customerId, attempts: 7, ...held },
      { customer_id: other.customerId, attempts: 2, ...held },
    ]) as object[],
  });
  expect(await page()).toMatch(/Waiting for Stripe.*2 customers.*2099-01-02 03:04:05 UTC.*>Orbit<\/a>/);

  await harness.database.deleteFrom('waitingWork').execute();
  await followWaitingWork(harness.database, 120);
  expect(await api()).toMatchObject({ customers_at_most: 2, customers_now: 0, held_up: [], next_try_at: null });
  expect(await page()).toMatch(/No outages: nothing has been unavailable for two minutes or more.*Over.*Stripe/);
});

test('records that differ are shown in the console once they have lasted a minute, and no longer than they do', async () => {
  const { customerId } = await member(harness);
  const tester = await inConsole();
  const pages = ['/console', '/console/differences', `/console/customers/${customerId}`];
  const look = () => Promise.all(pages.map(async (page) => squeezed((await tester.get(page)).body)));
  const note = async (details: string | null) => {
    await noteComparisons(harness.database, new Map([[customerId, new Map([['phase_differs', details]])]]));
    await followDifferences(harness.database, 60);
  };
  await note('trial in Postgres; subscription in Temporal.');
  for (const page of await look()) expect(page).not.toMatch(/[Rr]ecords (that )?differ/);

  await harness.database
    .updateTable('differences')
    .set({ firstSeen: new Date(Date.now() - 61_000) })
    .execute();
  await note('trial in Postgres; subscription in Temporal.');
  const [list, all, one] = await look();
  expect(list).toMatch(/Records differ: phase differs, since .* 1 customer is affected/);
  for (const page of [all, one]) expect(page).toContain('trial in Postgres; subscription in Temporal.');
  expect(all).toContain(customerId);

  await note(null);
  for (const page of await look()) expect(page).not.toMatch(/Records (that )?differ/);
});

test('who could not become a customer is not called one, and has no page', async () => {
  const tester = await inConsole();
  const customerId = 'cust_d4e547c5-3a1b-4c55-9a0e-6f7f1c2b3d4e';
  await noteSeen(harness.database, 'identity_refused', [{ customerId, subject: 'one', wrong: 'no address' }]);
  await harness.database
    .updateTable('differences')
    .set({ firstSeen: new Date(Date.now() - 61_000) })
    .execute();
  await followDifferences(harness.database, 60);
  const look = async (page: string) => squeezed((await tester.get(page)).body);
  expect(await look('/console')).toMatch(/Identity refused, since .* 1 person is affected/);
  expect(await look('/console/differences')).toContain(`<code>${customerId}</code>, no customer`);
});
