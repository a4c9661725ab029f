import { randomUUID } from 'node:crypto';
import { AdminClient } from '../../api/cli/admin-client.ts';
import { buildApp } from '../../api/app.ts';
import { sweepRecords } from '../../infra/sweepers/compare-records.ts';
import { tellOfDifferences } from '../../infra/sweepers/tell-differences.ts';
import { TASK_QUEUE, customerWorkflowId } from '../../workflows/contract.ts';
import { addSignup } from '../support/lifecycle-signup.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, SUPPORT } from '../support/lifecycle.ts';

let bench: Bench;
let admin: AdminClient;
beforeAll(async () => {
  bench = await Bench.start();
  const app = await buildApp(bench.deps);
  const api = await app.listen({ host: '127.0.0.1', port: 0 });
  admin = new AdminClient({ api, staffToken: bench.deps.config.api.staffToken });
  closeApp = () => app.close();
});
let closeApp: () => Promise<unknown>;
afterAll(async () => {
  await closeApp();
  await bench.close();
});

/** What differs of a customer by now, as if it had done so for two minutes. */
async function lasting(customerId: string): Promise<Record<string, string>> {
  await sweepRecords(bench.sweeperDeps());
  await bench.database
    .updateTable('differences')
    .set({ firstSeen: new Date(Date.now() - 120_000) })
    .execute();
  const { differences } = await admin.differences(customerId);
  return Object.fromEntries(differences.map(({ kind, details }) => [kind, details]));
}

const until = (customerId: string, kind: string): Promise<string> =>
  eventually(`${kind} of ${customerId}`, async () => (await lasting(customerId))[kind]);
const untilNothing = (customerId: string): Promise<true> =>
  eventually(`nothing of ${customerId}`, async () =>
    Object.keys(await lasting(customerId)).length === 0 ? true : undefined,
  );

test('a customer whose run was terminated is named, told to support once with all of that kind, and shown', async () => {
  const [one, other] = await Promise.all([bench.inTrial(), bench.inTrial()]);
  for (const { customerId } of [one, other]) await bench.handle(customerId).terminate();
  for (const { customerId } of [one, other])
    expect(await until(customerId, 'no_run')).toBe('trial in Postgres; the run was stopped or has failed.');
  const tell = () => tellOfDifferences(bench.sweeperDeps(), { afterSeconds: 0 });
  await tell();
  await tell();
  const mails = (await bench.inbox.to(SUPPORT)).filter(({ subject }) => subject.startsWith('Records differ: no run'));
  expect(mails).toHaveLength(1);
  for (const { customerId } of [one, other]) expect(mails[0]?.text).toContain(customerId);
  const { compared_since: since } = await admin.differences();
  expect(Date.parse(since ?? '')).toBeLessThan(Date.now());

  await bench.database.deleteFrom('differences').execute();
  await bench.database
    .updateTable('customers')
    .set({ phase: 'ended' })
    .where('customerId', 'in', [one.customerId, other.customerId])
    .execute();
  await untilNothing(one.customerId);
  await tell();
  const left = await bench.database
    .selectFrom('differenceAlerts')
    .select('kind')
    .where('kind', '=', 'no_run')
    .execute();
  expect(left).toEqual([]);
});

test('a run of nobody, and a task that fails again and again, are named', async () => {
  const nobody = `cust_${randomUUID()}`;
  const { customerId } = await addSignup(bench.database);
  await bench.database
    .updateTable('customers')
    .set({ phase: 'trial', workflowStartedAt: new Date() })
    .where('customerId', '=', customerId)
    .execute();
  const { workflow } = bench.temporal.client;
  // Nobody takes its tasks, so it stays open.
  await workflow.start('trialCountdown', { workflowId: customerWorkflowId(nobody), taskQueue: randomUUID() });
  await workflow.start('unknownToAll', { workflowId: customerWorkflowId(customerId), taskQueue: TASK_QUEUE.lifecycle });
  expect(await until(nobody, 'no_customer')).toBe('trial in Temporal; no row in Postgres.');
  expect(await until(customerId, 'workflow_task_failing')).toMatch(/^the workflow task fails: [a-z ]+( \(\w+\))?\.$/);
  for (const id of [nobody, customerId]) await bench.handle(id).terminate();
  await eventually('both gone', async () => {
    const kinds = [await lasting(nobody), await lasting(customerId)].map((found) => Object.keys(found).join());
    return kinds.join('/') === '/no_run' ? true : undefined;
  });
});
