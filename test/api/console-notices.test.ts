import { followDifferences, noteComparisons } from '../../infra/db/repositories/differences.ts';
import { followWaitingWork } from '../../infra/db/repositories/outages.ts';
import { noteWaiting } from '../../infra/db/repositories/waiting-work.ts';
import { createBench, member, STAFF_TOKEN, type Bench } from './bench.ts';
import { Browser } from './browser.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.stop());

async function inConsole(): Promise<Browser> {
  const staff = new Browser(bench.app);
  await staff.get('/console/login');
  await staff.post('/console/login', { token: STAFF_TOKEN, name: 'Tess' });
  return staff;
}

const squeezed = (markup: string): string => markup.replace(/\s+/g, ' ');

test('an outage is shown to the customer it holds up, and once to support, until it is over', async () => {
  const { customerId, headers } = await member(bench);
  const now = new Date();
  await bench.database
    .updateTable('customers')
    .set({ phase: 'onboarding', attention: null, workflowStartedAt: now })
    .where('customerId', '=', customerId)
    .execute();
  const progress = async () => squeezed((await bench.app.inject({ url: '/onboarding', headers })).body);
  const staff = await inConsole();
  const list = async () => squeezed((await staff.get('/console')).body);
  expect(await progress()).not.toContain('waiting for');
  expect(await list()).not.toContain('Waiting for Stripe');

  const work = { workflowId: `customer/${customerId}`, work: 'stripeCustomer:run:1', customerId };
  const row = { errorType: 'StripeUnavailable', waitsFor: 'Stripe', attempts: 3, since: now, nextTryAt: now };
  await noteWaiting(bench.database, { ...work, ...row });
  await followWaitingWork(bench.database, 0);
  expect(await progress()).toContain('We&#39;re waiting for Stripe to respond.');
  expect(await list()).toMatch(/Waiting for Stripe since .* 1 customer is held up/);

  await bench.database.deleteFrom('waitingWork').execute();
  await followWaitingWork(bench.database, 0);
  expect(await progress()).not.toContain('waiting for');
  expect(await list()).not.toContain('Waiting for Stripe');
});

test('records that differ are shown in the console once they have lasted a minute, and no longer than they do', async () => {
  const { customerId } = await member(bench);
  const staff = await inConsole();
  const pages = ['/console', '/console/differences', `/console/customers/${customerId}`];
  const look = () => Promise.all(pages.map(async (page) => squeezed((await staff.get(page)).body)));
  const note = async (details: string | null) => {
    await noteComparisons(bench.database, new Map([[customerId, new Map([['phase_differs', details]])]]));
    await followDifferences(bench.database, 60);
  };
  await note('trial in Postgres; subscription in Temporal.');
  for (const page of await look()) expect(page).not.toMatch(/[Rr]ecords (that )?differ/);

  await bench.database
    .updateTable('differences')
    .set({ firstSeen: new Date(Date.now() - 61_000) })
    .execute();
  await note('trial in Postgres; subscription in Temporal.');
  const [list, all, one] = await look();
  expect(list).toMatch(/Records differ since .*phase differs.* 1 customer is concerned/);
  for (const page of [all, one]) expect(page).toContain('trial in Postgres; subscription in Temporal.');
  expect(all).toContain(customerId);

  await note(null);
  for (const page of await look()) expect(page).not.toMatch(/Records (that )?differ/);
});
