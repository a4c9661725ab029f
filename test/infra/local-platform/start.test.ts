import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, identify, type ProcessIdentity } from '../../../infra/local-platform/engines/lock.mjs';
import { eventually } from '../../support/eventually.ts';
import { Tenure, base, makeHome, processesOf, type Run } from './support/tenure.ts';

const home = makeHome();
let tenure: Tenure;
let run: Run;

beforeAll(async () => {
  tenure = new Tenure(home, { SOME_SECRET: 'of another program' });
  run = await tenure.ready();
});
afterAll(async () => {
  await tenure.stop('SIGTERM');
  rmSync(dirname(home), { recursive: true, force: true });
});

const PARTS = [
  ...['api', 'gateway', 'lifecycle-worker', 'mail', 'postgres', 'provisioning-worker', 'stripe', 'temporal'],
  'temporal-ui',
];

test('run.json says where everything is, to its owner only, and every part runs', async () => {
  expect(Object.keys(run.pids).sort()).toEqual(PARTS);
  expect(Object.values(run.pids).map((pid) => isAlive(identify(pid)))).toEqual(PARTS.map(() => true));
  expect(statSync(join(home, 'run.json')).mode & 0o777).toBe(0o600);
  const statuses = ['/healthz', '/readyz'].map(async (path) => (await fetch(`${run.api}${path}`)).status);
  await expect(Promise.all(statuses)).resolves.toEqual([200, 200]);
  expect(tenure.output).toContain(run.api);
  expect(tenure.output).toContain(run.staffToken);
});

test('run.json says where each worker shows its counters', async () => {
  const texts = Object.values(run.metrics).map(async (url) => (await fetch(url)).text());
  expect(Object.keys(run.metrics)).toEqual(['lifecycle-worker', 'provisioning-worker']);
  for (const text of await Promise.all(texts)) expect(text).toContain('# TYPE OnboardingSuccess counter');
});

test('gateway and mail are told of no database, and only the provisioning worker of the superuser', () => {
  const environment = (part: string): string => readFileSync(`/proc/${String(run.pids[part])}/environ`, 'utf8');
  for (const part of ['gateway', 'mail', 'stripe', 'temporal']) expect(environment(part)).not.toMatch(/postgres:\/\//);
  const knowing = (text: string): string[] => PARTS.filter((part) => environment(part).includes(text));
  expect(knowing('TENANT_DATABASE_URL')).toEqual(['provisioning-worker']);
  expect(knowing(run.staffToken)).toEqual(['api']);
  expect(knowing('PULUMI_CONFIG_PASSPHRASE')).toEqual(['provisioning-worker']);
  expect(knowing('of another program')).toEqual([]);
});

test('a second start on the same folder says so and ends', async () => {
  const second = new Tenure(home);
  await expect(second.ended()).resolves.toBe(1);
  expect(second.output).toContain(`already runs from ${home} (process ${String(run.supervisorPid)})`);
  expect(tenure.running.pids).toEqual(run.pids);
});

test.each(['temporal', 'stripe'])('a damaged %s.db ends the start before any part, and is named', async (part) => {
  const other = join(dirname(home), `damaged-${part}`);
  const file = join(other, part, `${part}.db`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'no database');
  const refused = new Tenure(other);
  await expect(refused.ended()).resolves.toBe(1);
  expect(refused.output).toContain(`${file} is empty or damaged: restore it from a copy`);
  expect(processesOf(other)).toEqual([]);
});

test('the doctor looks at what runs, finds nothing missing, and says what stands in for something', () => {
  const script = fileURLToPath(new URL('../../../workers/doctor/main.ts', import.meta.url));
  const env = { ...base, TENURE_HOME: home };
  const { status, stdout } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringContaining('Nothing is missing, 1 not known.') as string,
  });
  expect(stdout).toContain(`${run.stripe.replace('localhost', '127.0.0.1')}, which stands in for Stripe`);
  expect(stdout).toMatch(/cannot tell {2}identity, access, quota {2,}http:\S+ stands in for SES/);
  for (const secret of [run.staffToken, new URL(run.databaseUrl).password]) expect(stdout).not.toContain(secret);
});

test.each(['mail', 'postgres', 'lifecycle-worker'])('%s comes back when it is killed', async (part) => {
  const before = tenure.running.pids[part] ?? 0;
  process.kill(before, 'SIGKILL');
  const after = await eventually(`another ${part}`, () => {
    const pid = tenure.running.pids[part];
    return pid !== before && pid !== undefined && isAlive(identify(pid)) ? pid : undefined;
  });
  expect(after).not.toBe(before);
  await eventually('a ready API', async () => ((await fetch(`${run.api}/readyz`)).status === 200 ? true : undefined));
  expect(tenure.output).toContain(`${part}: ended with signal SIGKILL; starting it again`);
});

describe('after the supervisor was killed', () => {
  let orphans: ProcessIdentity[];

  test('the next start ends what was left and takes the same ports', async () => {
    const before = tenure.running;
    orphans = Object.values(before.pids).map((pid) => identify(pid));
    await tenure.stop('SIGKILL');
    expect(orphans.every(isAlive)).toBe(true);
    const draft = '14d5ad56-8c05-4845-89f0-7b3fa68f9ce7';
    for (const file of ['ports.json', 'keys/gateway-token']) writeFileSync(join(home, `${file}.${draft}`), '');
    tenure = new Tenure(home);
    const after = await tenure.ready();
    expect(orphans.filter(isAlive)).toEqual([]);
    expect([...readdirSync(home), ...readdirSync(join(home, 'keys'))].filter((name) => name.includes(draft))).toEqual(
      [],
    );
    expect({ ...after, pids: {}, supervisorPid: 0 }).toEqual({ ...before, pids: {}, supervisorPid: 0 });
    expect(tenure.output).toContain('Ending what an earlier start left');
  });

  test('Ctrl-C leaves no process and no run.json, and the port of next time is another one if it is taken', async () => {
    const port = Number(new URL(tenure.running.mail).port);
    await expect(tenure.stop('SIGINT')).resolves.toBe(0);
    expect(processesOf(home)).toEqual([]);
    expect(tenure.run).toBeUndefined();

    const squatter = await listen(port);
    tenure = new Tenure(home, { MAIL_PORT: String(port) });
    const after = await tenure.ready();
    squatter.close();
    expect(new URL(after.mail).port).not.toBe(String(port));
    expect(tenure.output).toContain(`Port ${String(port)} (mail) is taken`);
    await expect(fetch(`${after.mail}/store`)).resolves.toHaveProperty('status', 200);
  });

  test('the secrets of another state folder are said to be so', async () => {
    await tenure.stop('SIGTERM');
    const file = join(home, 'secrets.json');
    const own = readFileSync(file, 'utf8');
    const { postgresPassword } = JSON.parse(own) as { postgresPassword: string };
    writeFileSync(file, own.replace(postgresPassword, 'of-another-state-folder'));
    const refused = new Tenure(home);
    await expect(refused.ended()).resolves.toBe(1);
    expect(refused.output).toContain(`${file} is of another state folder: restore it from a copy`);
    expect(processesOf(home)).toEqual([]);
    writeFileSync(file, own);
  });
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
