import { followWaitingWork } from '../../infra/db/repositories/outages.ts';
import { noteWaiting } from '../../infra/db/repositories/waiting-work.ts';
import { createBench, member, STAFF_TOKEN, type Bench } from './bench.ts';
import { Browser } from './browser.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.stop());

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
  const staff = new Browser(bench.app);
  await staff.get('/console/login');
  await staff.post('/console/login', { token: STAFF_TOKEN, name: 'Tess' });
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
