import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revealApiKey } from '../../api/accounts/api-keys.ts';
import { replayOnboarding } from '../../api/support/customer-commands.ts';
import { readCredentials } from '../../infra/tenant-stacks/local/folder.ts';
import { get } from '../activities/provisioning/support/arrangement.ts';
import { eventually } from '../support/eventually.ts';
import { historyText } from '../support/history-text.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';

// One whole life with nothing standing in: Temporal with a database on disk, Postgres, Pulumi, gateway, instance.
// Every personal or secret value is a canary that may be found only where it belongs.
const canary = (kind: string): string => `Canary${kind}${randomBytes(6).toString('hex')}`;

let folder: string;
let harness: LifecycleHarness;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-life-'));
  harness = await LifecycleHarness.start({ target: 'local', temporalFile: join(folder, 'temporal.db') });
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

async function historiesOf(id: string): Promise<string> {
  const histories: string[] = [];
  for await (const { workflowId, runId } of harness.temporal.client.workflow.list()) {
    if (!workflowId.includes(id)) continue;
    // The payloads must be decoded before they can be searched.
    histories.push(historyText(await harness.temporal.client.workflow.getHandle(workflowId, runId).fetchHistory()));
  }
  return histories.join('\n');
}

/** Every secret that exists while the customer lives: the platform's, the customer's and the instance's. */
async function secretsOf(id: string, welcome: string): Promise<string[]> {
  const { home, gatewayControlToken } = harness.target?.deps.tenants ?? { home: '', gatewayControlToken: '' };
  const namespace = (await harness.row(id)).instanceNamespace ?? '';
  const credentials = await readCredentials(join(home, namespace));
  const licences = await harness.database.selectFrom('licences').select('token').where('customerId', '=', id).execute();
  const link = /reveal\/([\w-]+)/.exec(welcome)?.[1] ?? '';
  return [
    ...[harness.secrets.stripe, harness.secrets.webhook, harness.secrets.passphrase, gatewayControlToken, link],
    ...[new URL(credentials.databaseUrl).password, credentials.jwtSecret, credentials.deviceApiKey],
    ...[
      (await revealApiKey(harness.database, link)) ?? '',
      credentials.licence,
      ...licences.map(({ token }) => token ?? ''),
    ],
  ];
}

async function temporalFiles(): Promise<string> {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))).join('\n');
}

test('signed up, parked, corrected, replayed, tried, paid, left: the effects are whole and nobody is named in Temporal', async () => {
  const [company, email] = [canary('Company'), `${canary('Mail').toLowerCase()}@acme.example`];
  const [fullName, password, reason] = [canary('Name'), `${canary('Pass')}A1`, canary('Reason')];
  const customer = await harness.signUp({
    ...{ companyName: company, email, fullName, password },
    beforeStart: (customerId) => {
      harness.failpoints.arm('checkInstance', customerId, 'before', 3);
    },
  });
  const id = customer.customerId;
  await harness.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');
  const corrected = canary('Company');
  await eventually('the replay', () =>
    replayOnboarding(
      harness.deps,
      { customerId: id, actor: 'staff', commandId: 'replay-1' },
      { from: 'failed', corrections: { companyName: corrected }, reason },
    ),
  );
  const row = await harness.untilPhase(id, 'trial');
  expect(row.instanceUrl).toBe(`http://${row.slug ?? ''}.${harness.target?.domain ?? ''}`);
  const { host } = new URL(row.instanceUrl ?? '');
  const page = await get(
    harness.target?.deps.tenants.gatewayPort ?? 0,
    host,
    '/',
    await harness.target?.keyOf(id, host),
  );
  expect([page.status, page.body.includes(corrected)]).toEqual([200, true]);

  const checkout = await harness.checkout(id, 'now');
  await harness.pay(checkout);
  await harness.untilPhase(id, 'subscription');
  const [welcome] = await harness.inbox.to(email);
  const secrets = await secretsOf(id, welcome?.text ?? '');
  expect(secrets.filter((secret) => secret.length < 12)).toEqual([]);
  const state = (await harness.target?.stateFiles()) ?? [];
  expect(state.join('\n')).toContain('"type"');
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  expect(Object.values((await harness.target?.inventory(id)) ?? {})).not.toContain(true);

  const personal = [company, corrected, email, fullName, password, reason];
  const [histories, files] = [await historiesOf(id), await temporalFiles()];
  expect(histories).toContain(`"customerId":"${id}"`);
  expect(files).toContain(id);
  for (const value of [...personal, ...secrets]) {
    expect([value.slice(0, 12), histories.includes(value)]).toEqual([value.slice(0, 12), false]);
    expect([value.slice(0, 12), files.includes(value)]).toEqual([value.slice(0, 12), false]);
  }
  for (const value of [...secrets, ...personal])
    expect([value.slice(0, 12), state.some((text) => text.includes(value))]).toEqual([value.slice(0, 12), false]);
});
