import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { migrate } from '../../../infra/db/migrate.ts';
import { createDatabase } from '../../support/embedded.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const bin = (path: string): string => join(ROOT, 'node_modules', path);

let database: Awaited<ReturnType<typeof createDatabase>>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-schema-'));
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

/** The types of the database as it is now, in the form of `infra/db/schema.ts`. */
async function generated(): Promise<string> {
  const file = join(folder, 'schema.ts');
  const options = ['--url', database.url, '--out-file', file, '--camel-case', '--type-mapping', '{"int8":"number"}'];
  await run(
    process.execPath,
    [bin('kysely-codegen/dist/cli/bin.js'), ...options, '--dialect', 'postgres', '--exclude-pattern', 'migrations'],
    {
      cwd: ROOT,
    },
  );
  const config = ['--config', join(ROOT, '.prettierrc.json'), '--no-editorconfig'];
  await run(process.execPath, [bin('prettier/bin/prettier.cjs'), ...config, '--write', file], { cwd: folder });
  return readFile(file, 'utf8');
}

async function tables(): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  await client.end();
  return rows.map(({ name }) => name);
}

test('S0-18: the schema in the repository is that of a migrated database', async () => {
  expect(await generated()).toBe(await readFile(join(ROOT, 'infra/db/schema.ts'), 'utf8'));
});

test('S0-23: every migration goes down, leaving nothing, and up again to the same schema', async () => {
  const before = await generated();
  await migrate(database.url, { direction: 'down', adminUrl: database.adminUrl });
  expect(await tables()).toEqual(['migrations']);
  await migrate(database.url, { adminUrl: database.adminUrl });
  expect(await generated()).toBe(before);
});
