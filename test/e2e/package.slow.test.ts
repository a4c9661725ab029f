import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { base, processesOf } from '../infra/local-platform/support/tenure.ts';
import { freePort } from '../support/embedded.ts';
import { eventually } from '../support/eventually.ts';
import { installedPackage, typeErrors } from './support/installed.ts';
import { Journey } from './support/journey.ts';
import { Registrar } from './support/registrar.ts';
import { correctedAndReplayed, gone, paid, refusedAndPreviewed } from './support/story.ts';

// The package from `npm pack` in a folder with nothing but a product: none of the checkout's sources are there. It is
// also the whole life of a customer of a product outside this repository; own-product.test.ts has what a clone adds.
const registrar = new Registrar();
let folder: string;
let journey: Journey;

beforeAll(async () => {
  folder = await installedPackage();
  const args = ['--offline', 'tenure', 'start', '--product', './product.ts'];
  journey = new Journey(join(folder, '.tenure'), { program: 'npx', args, cwd: folder });
  await journey.start({ TENURE_HOME: undefined, PRODUCT_REGISTRAR: await registrar.start() });
});
afterAll(async () => {
  await stopped();
  registrar.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The signal goes to npm and not to Tenure, which has to notice the stop on its own. */
async function stopped(): Promise<void> {
  await journey.tenure.stop('SIGTERM');
  const lock = join(journey.home, 'supervisor.lock');
  await eventually('all of it to be stopped', () => Promise.resolve(!existsSync(lock)));
}

const npx = async (...words: readonly string[]): Promise<string> =>
  (await promisify(execFile)('npx', ['--offline', 'tenure', ...words], { cwd: folder, env: base })).stdout;

test('the product is checked against the types of the package', async () => {
  expect(await typeErrors(folder)).toBe('');
  const product = join(folder, 'product.ts');
  const text = await readFile(product, 'utf8');
  await writeFile(product, text.replace('trialDays: 7', `trialDays: '7'`));
  expect(await typeErrors(folder)).toMatch(/^[^\n]*product\.ts\(\d+,\d+\): error TS2322: [^\n]*'string'[^\n]*'number'/);
  await writeFile(product, text);
});

test('from signup to paid to gone: its step fails, is previewed, corrected and replayed, and taken back in the end', async () => {
  const scene = { journey, registrar, tenure: npx };
  const gwen = await refusedAndPreviewed(scene);
  await correctedAndReplayed(scene, gwen);
  await paid(scene, gwen);
  await gone(scene, gwen);
});

/** The environment that a running part got, as a production set-up would give it. */
function environmentOf(part: string): Record<string, string> {
  const text = readFileSync(`/proc/${String(journey.tenure.running.pids[part])}/environ`, 'utf8');
  const pairs = text.split('\0').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return Object.fromEntries(pairs.filter(([name]) => name !== 'TENURE_PRODUCT')) as Record<string, string>;
}

/** A process of a production set-up. @returns once it was ready, and has ended after a signal to npx. */
async function runOnce(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  isReady: (said: string) => Promise<boolean> | boolean,
): Promise<void> {
  const child = spawn('npx', ['--offline', 'tenure', ...words], { cwd: folder, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  const ended = once(child.stdout, 'close');
  await eventually(`${words[0] ?? ''} to be ready`, async () => {
    if (child.exitCode !== null) throw new Error(said);
    return (await isReady(said)) || undefined;
  });
  child.kill('SIGTERM');
  await ended;
}

async function service(name: string, portOf: string): Promise<void> {
  const port = String(await freePort());
  const answers = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok ?? false;
  await runOnce([name, '--product', './product.ts'], { ...environmentOf(name), [portOf]: port }, answers);
}

async function gateway(): Promise<void> {
  const tokenFile = join(folder, 'gateway-token');
  await writeFile(tokenFile, 'of-the-gateway-alone');
  const options = ['--home', join(folder, 'tenants'), '--token-file', tokenFile, '--port', '0', '--control-port', '0'];
  await runOnce(['gateway', ...options], environmentOf('gateway'), (said) => said.includes('"ready":true'));
}

test('the processes of a production set-up run from the package too, each until it is told to stop', async () => {
  await Promise.all([
    service('api', 'PORT'),
    service('lifecycle-worker', 'WORKER_HEALTH_PORT'),
    service('provisioning-worker', 'WORKER_HEALTH_PORT'),
    gateway(),
  ]);
});

test('its doctor looks at what runs, and its migrations find nothing to do', async () => {
  expect(await npx('doctor', '--product', './product.ts')).toMatch(
    /of what "npx tenure start" runs from [^]*price of Solo[^]*Nothing is missing/,
  );
  const env = environmentOf('api');
  const migrated = await promisify(execFile)('npx', ['--offline', 'tenure', 'migrate'], { cwd: folder, env });
  expect(migrated.stdout).toContain('Postgres has the newest schema.');
});

test('nothing is left running once it is stopped', async () => {
  await journey.close();
  await stopped();
  expect(processesOf(journey.home)).toEqual([]);
  expect(journey.tenure.run).toBeUndefined();
});
