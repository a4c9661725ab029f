import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { replayOnboarding } from '../../api/support/customer-commands.ts';
import { dryRunReplay } from '../../api/support/dry-run.ts';
import { get } from '../activities/provisioning/support/arrangement.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import { historyText } from '../support/history-text.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';

// On the real Pulumi engine, with the local target.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ target: 'local' });
});
afterAll(() => harness.close());

const look = (customerId: string, from: 'failed' | 'stack', corrections = {}) =>
  dryRunReplay(harness.deps, { customerId, actor: 'staff:test' }, { from, corrections });
const replay = (customerId: string, corrections: object) =>
  replayOnboarding(
    harness.deps,
    { customerId, actor: 'staff', commandId: 'replay' },
    { from: 'failed', corrections, reason: 'mended' },
  );
const parked = (customerId: string, step: string) =>
  harness.untilRow(customerId, 'parked', ({ attention }) => attention === step);

/** What Temporal stores about the previews, with the payloads decoded. */
async function previewsInTemporal(customerId: string): Promise<string> {
  const { workflow } = harness.temporal.client;
  const texts: string[] = [];
  const query = `WorkflowType in ('stackPreview', 'billingPreview')`;
  for await (const { workflowId, runId } of workflow.list({ query })) {
    if (!workflowId.includes(customerId)) continue;
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(historyText(history));
  }
  return texts.join('\n');
}

test('with a stack: the preview shows what the corrections would change, and the replay then does just that', async () => {
  const { customerId } = await harness.signUp({
    beforeStart: (id) => {
      harness.failpoints.arm('checkInstance', id, 'before');
    },
  });
  await parked(customerId, 'instanceHealth');
  expect((await look(customerId, 'failed')).stack).toEqual({
    changes: null,
    note: 'The replay does not touch the stack.',
  });
  const corrections = { region: 'us-east', slug: 'zebra-works' };
  const shown = await look(customerId, 'failed', corrections);
  expect(shown.stack.changes?.lines).toEqual(['update TenantInstance (host, region, url)']);
  const sold = await look(customerId, 'failed', { plan: 'professional', companyName: 'Zebra' });
  expect([...(sold.stack.changes?.lines ?? [])].sort()).toEqual([
    'update TenantInstance (plan, trialEndsAt)',
    'update TenantRole (connections)',
  ]);
  expect(sold.stripe.changes?.lines).toEqual(
    expect.arrayContaining([
      expect.stringContaining("update the customer's name") as string,
      expect.stringContaining('to professional') as string,
    ]),
  );
  const anew = await look(customerId, 'stack', corrections);
  expect(anew.willUndo).toEqual(['stack']);
  expect(anew.stack.changes?.changes).toMatchObject({ create: 4, delete: 4 });
  expect(await harness.row(customerId)).toMatchObject({ region: 'eu-central' });
  const temporal = await previewsInTemporal(customerId);
  expect(temporal).toContain('update TenantInstance');
  expect(temporal).not.toMatch(/zebra/i);

  harness.failpoints.disarm(customerId);
  await replay(customerId, corrections);
  const { instanceUrl } = await harness.untilPhase(customerId, 'trial');
  const { host } = new URL(instanceUrl ?? '');
  expect(host).toContain('zebra-works.');
  const health = await get(harness.target?.deps.tenants.gatewayPort ?? 0, host, '/api/health', {
    ...(await harness.target?.keyOf(customerId, host)),
  });
  expect(JSON.parse(health.body)).toMatchObject({ region: 'us-east', status: 'ok' });
});

test('with no stack yet: what is wrong shows, what a correction would make shows, and nothing lasting is made', async () => {
  const { customerId } = await harness.signUp({
    // A name that was reserved only after the signup.
    beforeStart: async (id) => {
      await harness.database.updateTable('customers').set({ slug: 'status' }).where('customerId', '=', id).execute();
    },
  });
  await parked(customerId, 'stack');
  const refused = await look(customerId, 'failed');
  expect(refused.stack.changes).toBeNull();
  expect(refused.stack.note).toMatch(/InvalidSpec.*reserved.*Correct the slug/);
  const state = (await harness.target?.stateFiles()) ?? [];
  const corrected = await look(customerId, 'failed', { slug: 'status-page' });
  expect(corrected.stack.changes?.changes).toEqual({ create: 4, update: 0, delete: 0, same: 0 });
  expect(Object.values((await harness.target?.inventory(customerId)) ?? {})).not.toContain(true);
  expect((await harness.target?.stateFiles()) ?? []).toHaveLength(state.length);
  expect((await readdir(tmpdir())).filter((name) => name.includes(tenantNames(customerId).stack))).toEqual([]);
  expect(await harness.database.selectFrom('corrections').selectAll().execute()).not.toContainEqual(
    expect.objectContaining({ preview: true }),
  );
  await replay(customerId, { slug: 'status-page' });
  await harness.untilPhase(customerId, 'trial');
});
