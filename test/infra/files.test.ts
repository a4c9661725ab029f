import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { PlatformConfig } from '../../infra/config.ts';
import { requireNeededDatabases } from '../../infra/local-platform/databases/needed.ts';
import { makeHome } from '../../infra/local-platform/supervisor/arrangement.ts';
import { requireWholeDatabases } from '../../infra/local-platform/databases/check.ts';
import { storeFile } from '../../infra/local-platform/mail/store-file.ts';
import { ensureLicenceKeys, ensureSecrets } from '../../infra/local-platform/supervisor/secrets.ts';
import { readJson, removeDrafts, replaceFile, replaceFileSync } from '../../infra/files.ts';
import {
  listDamaged,
  listInstances,
  writeFolder,
  type InstanceCredentials,
} from '../../infra/tenant-stacks/local/folder.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenure-files-'));
});
afterEach(() => rm(home, { recursive: true }));

const NUL = '\0'.repeat(64);
const DAMAGE = [
  ['nothing', ''],
  ['zeros', NUL],
  ['half of itself', '{"half":'],
  ['something else', 'null'],
] as const;
/** What may have happened to a key. */
const LOST = [
  ['empty', ''],
  ['zeros', NUL],
  ['gone', undefined],
] as const;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
}

/** The calls that Node made to the file system, in order, by its own trace. */
async function traced(script: string): Promise<string[]> {
  const file = join(home, 'trace.json');
  const trace = ['--trace-event-categories', 'node.fs.sync,node.fs.async', '--trace-event-file-pattern', file];
  const files = fileURLToPath(new URL('../../infra/files.ts', import.meta.url));
  const program = `import { replaceFile, replaceFileSync } from '${files}'; ${script}`;
  await promisify(execFile)(process.execPath, [...trace, '--input-type=module', '--eval', program]);
  const { traceEvents } = JSON.parse(await readFile(file, 'utf8')) as { traceEvents: TraceEvent[] };
  return traceEvents
    .filter(({ ph, name }) => ['b', 'B'].includes(ph) && ['fsync', 'rename'].includes(name.replace('fs.sync.', '')))
    .sort((a, b) => a.ts - b.ts)
    .map(({ name }) => name.replace('fs.sync.', ''));
}

test.each(['await replaceFile', 'replaceFileSync'])(
  '%s: what is in the file is on the disk before the name changes, and the name after it',
  async (call) => {
    const path = JSON.stringify(join(home, 'kept.json'));
    expect(await traced(`${call}(${path}, 'text');`)).toEqual(['fsync', 'rename', 'fsync']);
  },
);

test('drafts that a process left when it ended in the middle are removed, and nothing else', async () => {
  const draft = '14d5ad56-8c05-4845-89f0-7b3fa68f9ce7';
  const inside = join(home, 'drafts');
  await mkdir(join(inside, `folder.${draft}`), { recursive: true });
  for (const name of ['ports.json', `ports.json.${draft}`, `secrets.json.${draft}`, `cust_${draft}`])
    await writeFile(join(inside, name), '');
  await removeDrafts(inside);
  expect((await readdir(inside)).sort()).toEqual([`cust_${draft}`, `folder.${draft}`, 'ports.json']);
});

test('a file that cannot be put in place leaves no draft behind', async () => {
  await mkdir(join(home, 'taken'));
  await expect(replaceFile(join(home, 'taken'), 'text')).rejects.toThrow('EISDIR');
  expect(() => {
    replaceFileSync(join(home, 'taken'), 'text');
  }).toThrow('EISDIR');
  expect(await readdir(home)).toEqual(['taken']);
});

describe.each(DAMAGE)('a file that holds %s', (_label, text) => {
  const damage = (name: string) => writeFile(join(home, name), text);

  test.each([
    ['secrets.json', 'restore it from a copy. It holds the passwords of the databases'],
    ['run.json', 'stop Tenure and start it again'],
    ['instance.json', "change the customer's stack in any way, or adopt it"],
    ['manifest.json', 'this backup cannot be restored'],
  ])('%s is refused by its name and with a remedy', async (name, remedy) => {
    await damage(name);
    await expect(readJson(join(home, name))).rejects.toThrow(`${join(home, name)} is empty or damaged: ${remedy}`);
  });

  test.each(['ports.json', 'process.json'])('%s is made anew by itself', async (name) => {
    await damage(name);
    expect(await readJson(join(home, name))).toBeUndefined();
  });

  test('the secrets of the databases are never made anew', async () => {
    await damage('secrets.json');
    await expect(ensureSecrets(home)).rejects.toThrow('secrets.json is empty or damaged: restore it from a copy');
    expect(await readFile(join(home, 'secrets.json'), 'utf8')).toBe(text);
  });

  test.each([
    ['damaged', (path: string) => damage(path)],
    ['without its members', (path: string) => writeFile(join(home, path), '{}')],
    ['another kind of value', (path: string) => writeFile(join(home, path), '[]')],
  ])("one tenant's file that is %s does not hide the others", async (_label, hurtFile) => {
    const [whole, hurt] = ['customer-cust-1', 'customer-cust-2'];
    const file = { namespace: whole, host: 'whole.localhost', memoryMb: 128 };
    await writeFolder(join(home, whole), file, {} as InstanceCredentials);
    await writeFolder(join(home, hurt), { ...file, namespace: hurt }, {} as InstanceCredentials);
    await hurtFile(join(hurt, 'instance.json'));
    expect(await listInstances(home)).toEqual([file]);
    expect([...(await listDamaged(home)).keys()]).toEqual([hurt]);
  });
});

test.each([
  ['temporal.db', 'garbage', (file: string) => writeFile(file, 'no database '.repeat(1_000))],
  ['temporal.db', 'empty', (file: string) => truncate(file, 0)],
  ['stripe.db', 'half of itself', (file: string) => truncate(file, 40_960)],
])(
  '%s that is %s is refused before its owner opens it, by its name and with a remedy',
  async (name, _label, damage) => {
    const files = ['not-there-yet.db', name].map((file) => join(home, file));
    const file = join(home, name);
    const database = new DatabaseSync(file);
    database.exec('pragma journal_mode = wal; create table kept (text)');
    for (let row = 0; row < 100; row++) database.prepare('insert into kept values (?)').run('x'.repeat(1_000));
    await requireWholeDatabases(files);
    database.close();
    await requireWholeDatabases(files);
    await damage(file);
    await expect(requireWholeDatabases(files)).rejects.toThrow(`${file} is empty or damaged: restore it from a copy`);
  },
);

test.each(['postgres', 'pulumi/.pulumi'])('secrets that are gone are not made anew while there is %s', async (data) => {
  await mkdir(join(home, data), { recursive: true });
  await expect(ensureSecrets(home)).rejects.toThrow('secrets.json is missing: restore it from a copy');
  await rm(join(home, data), { recursive: true });
  const made = await ensureSecrets(home);
  await mkdir(join(home, data), { recursive: true });
  expect(await ensureSecrets(home)).toEqual(made);
});

test.each([
  ['postgres', 'databasePassword'],
  ['pulumi/.pulumi', 'pulumiPassphrase'],
])('while there is %s, its secret %s is not made anew alone either', async (data, name) => {
  const made = await ensureSecrets(home);
  await mkdir(join(home, data), { recursive: true });
  await writeFile(join(home, 'secrets.json'), JSON.stringify({ ...made, [name]: undefined }));
  await expect(ensureSecrets(home)).rejects.toThrow('secrets.json is incomplete: restore it from a copy');
  // A key with which no data was encrypted is added.
  await writeFile(join(home, 'secrets.json'), JSON.stringify({ ...made, gatewayToken: undefined }));
  expect(await ensureSecrets(home)).toMatchObject({ databasePassword: made.databasePassword });
});

test.each([[[]], [7], [null], ['']])('a secret that is %j is not one', async (value) => {
  const made = await ensureSecrets(home);
  await writeFile(join(home, 'secrets.json'), JSON.stringify({ ...made, staffToken: value }));
  await expect(ensureSecrets(home)).rejects.toThrow('secrets.json is empty or damaged: restore it from a copy');
});

describe('where customers have instances, their data is needed', () => {
  const config = { databaseUrl: undefined, externalStripe: false } as PlatformConfig;
  const needed = () => requireNeededDatabases({ config, home });
  const make = async (...path: string[]): Promise<void> => {
    await mkdir(join(home, ...path.slice(0, -1)), { recursive: true });
    await writeFile(join(home, ...path), '18');
  };

  test('an empty state folder needs none; half of a Postgres is never taken for a new one', async () => {
    await mkdir(join(home, 'tenants'));
    await needed();
    await make('postgres', 'data', 'base', '1');
    await expect(needed()).rejects.toThrow('PG_VERSION is missing: restore the folder postgres from a copy');
    await make('postgres', 'data', 'PG_VERSION');
    await needed();
  });

  test('with customers neither Postgres nor Stripe begins empty, unless it is outside', async () => {
    await make('tenants', 'customer-cust-1', 'instance.json');
    await expect(needed()).rejects.toThrow('PG_VERSION is missing');
    await make('postgres', 'data', 'PG_VERSION');
    await expect(needed()).rejects.toThrow('stripe.db is missing: restore it from a copy');
    await requireNeededDatabases({ config: { ...config, externalStripe: true }, home });
    await make('stripe', 'stripe.db');
    await needed();
  });
});

test('a TENURE_HOME that is a file is refused in a sentence that names it', async () => {
  const file = join(home, 'file');
  await writeFile(file, '');
  await expect(makeHome(file)).rejects.toThrow(`TENURE_HOME cannot be used: ${file} is not a folder`);
});

test('a file where one of its folders should be is named', async () => {
  const file = join(home, 'logs');
  await writeFile(file, '');
  await expect(makeHome(home)).rejects.toThrow(`TENURE_HOME cannot be used: ${file} is not a folder`);
});

test.each(LOST)('the public licence key follows from the private one when it is %s', async (_label, text) => {
  await mkdir(join(home, 'keys'));
  const files = await ensureLicenceKeys(home);
  const [privateKey, publicKey] = await Promise.all(Object.values(files).map((path) => readFile(String(path), 'utf8')));
  await rm(files.publicKey);
  if (text !== undefined) await writeFile(files.publicKey, text);
  await ensureLicenceKeys(home);
  expect(await readFile(files.privateKey, 'utf8')).toBe(privateKey);
  expect(await readFile(files.publicKey, 'utf8')).toBe(publicKey);
});

test.each(LOST)('a private licence key that is %s is never made anew', async (_label, text) => {
  await mkdir(join(home, 'keys'));
  const files = await ensureLicenceKeys(home);
  await rm(files.privateKey);
  if (text !== undefined) await writeFile(files.privateKey, text);
  await expect(ensureLicenceKeys(home)).rejects.toThrow(/licence\.pem is (missing|empty or damaged): restore it/);
});

test('a line of the inbox that a power cut has spoilt is put aside, and the other mails are kept', async () => {
  const path = join(home, 'mails.jsonl');
  await writeFile(path, `{"id":1}\n${NUL}\n{"id":2}\n`);
  expect(storeFile(path).load()).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await readFile(path, 'utf8')).toBe('{"id":1}\n{"id":2}\n');
  expect(await readFile(`${path}.damaged`, 'utf8')).toContain(NUL);
});
