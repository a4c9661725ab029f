import { startSweepers } from '../../../infra/sweepers/index.ts';
import { createApiHarness, goodSignup, type ApiHarness } from '../../api/harness.ts';
import { eventually } from '../../support/eventually.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

test('sweeps on after a round that failed, and stops when told', async () => {
  harness.temporal.down = true;
  await harness.app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
  await harness.database
    .updateTable('customers')
    .set({ createdAt: new Date(0) })
    .execute();
  const retention = { stripeEvents: 90, stepAttempts: 90, mails: 90, alerts: 90, outages: 90, hostNames: 90 };
  const told = () => Promise.resolve();
  const telling = { tellSupport: told, tellOfDifference: told };
  const sweepers = startSweepers({
    ...harness.deps,
    database: harness.database,
    ...telling,
    retention,
    intervalMs: 10,
  });
  await eventually('a sweep that failed', () => harness.log().includes('a sweep failed and is tried again'));
  harness.temporal.down = false;
  await eventually(
    'the workflow',
    async () =>
      (await harness.database.selectFrom('customers').select('workflowStartedAt').executeTakeFirstOrThrow())
        .workflowStartedAt !== null,
  );
  await sweepers.stop();
  await harness.database.updateTable('customers').set({ workflowStartedAt: null }).execute();
  harness.temporal.started.clear();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(harness.temporal.started.size).toBe(0);
});
