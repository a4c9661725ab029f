import { startSweepers } from '../../../infra/sweepers/index.ts';
import { createBench, goodSignup, type Bench } from '../../api/bench.ts';
import { eventually } from '../../support/eventually.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
});
afterAll(() => bench.stop());

test('sweeps on after a round that failed, and stops when told', async () => {
  bench.temporal.down = true;
  await bench.app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
  await bench.database
    .updateTable('customers')
    .set({ createdAt: new Date(0) })
    .execute();
  const retention = { stripeEvents: 90, stepAttempts: 90, mails: 90, alerts: 90, outages: 90, hostNames: 90 };
  const told = () => Promise.resolve();
  const telling = { tellSupport: told, tellOfDifference: told };
  const sweepers = startSweepers({ ...bench.deps, ...telling, retention, intervalMs: 10 });
  await eventually('a sweep that failed', () => bench.log().includes('a sweep failed and is tried again'));
  bench.temporal.down = false;
  await eventually(
    'the workflow',
    async () =>
      (await bench.database.selectFrom('customers').select('workflowStartedAt').executeTakeFirstOrThrow())
        .workflowStartedAt !== null,
  );
  await sweepers.stop();
  await bench.database.updateTable('customers').set({ workflowStartedAt: null }).execute();
  bench.temporal.started.clear();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(bench.temporal.started.size).toBe(0);
});
