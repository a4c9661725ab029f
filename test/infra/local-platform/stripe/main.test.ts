import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECRET_KEY } from '../../stripe-emulator/harness.ts';

const MAIN = fileURLToPath(new URL('../../../../infra/local-platform/stripe/main.ts', import.meta.url));

describe('the process', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stripe-process-'));
    const secrets = { secretKey: SECRET_KEY, webhookSecret: 'whsec_test' };
    await writeFile(join(folder, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...flags: string[]): ChildProcess =>
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...flags], { stdio: 'pipe' });
  const start = () =>
    run('--port', '0', '--data', join(folder, 'data', 'stripe.db'), '--secrets-file', join(folder, 'secrets.json'));
  const urlOf = async (child: ChildProcess): Promise<string> => {
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    return /http:\S+/.exec(String(line))?.[0] ?? '';
  };
  const stop = async (child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  const headers = { Authorization: `Bearer ${SECRET_KEY}`, 'Content-Type': 'application/x-www-form-urlencoded' };

  it('says where it listens, stops when told, and knows everything after a restart', async () => {
    const first = start();
    const made = await fetch(`${await urlOf(first)}/v1/customers`, { method: 'POST', headers, body: 'name=Ada' });
    const { id } = (await made.json()) as { id: string };
    expect(await stop(first, 'SIGTERM')).toBe(0);
    const second = start();
    const found = await fetch(`${await urlOf(second)}/v1/customers/${id}`, { headers });
    expect(await found.json()).toMatchObject({ id, name: 'Ada' });
    expect(await stop(second, 'SIGINT')).toBe(0);
  });

  it('forgets nothing it answered when it is killed', async () => {
    const first = start();
    const made = await fetch(`${await urlOf(first)}/v1/customers`, { method: 'POST', headers, body: 'name=Ada' });
    const { id } = (await made.json()) as { id: string };
    await stop(first, 'SIGKILL');
    const second = start();
    expect((await fetch(`${await urlOf(second)}/v1/customers/${id}`, { headers })).status).toBe(200);
    await stop(second, 'SIGTERM');
  });

  it('refuses to start without what it needs', async () => {
    const child = run('--port', '0');
    const output: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => output.push(String(chunk)));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(output.join('')).toContain('--port and --data are needed');
  });
});
