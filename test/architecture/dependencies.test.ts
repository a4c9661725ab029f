import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const SOURCES = ['workflows', 'activities', 'workers', 'api', 'infra', 'products', 'test'];

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

function cruise(cwd: string): Promise<{ readonly violations: readonly Violation[] }> {
  const args = [CRUISER, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...SOURCES];
  return new Promise((resolve) => {
    // Its exit code is the number of violations.
    execFile(process.execPath, args, { cwd }, (_, stdout) => {
      resolve((JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }).summary);
    });
  });
}

/** Each file breaks one rule, and has its own name. */
const PLANTED: Readonly<Record<string, { readonly rule: string; readonly text: string }>> = {
  'workflows/infra.ts': { rule: 'workflows-stay-home', text: "import '../infra/seed.ts';" },
  'workflows/domain/upwards.ts': { rule: 'domain-is-pure', text: "import '../seed.ts';" },
  'workflows/value.ts': { rule: 'workflows-import-activities-as-types', text: "import '../activities/seed.ts';" },
  'infra/activities.ts': { rule: 'infra-knows-only-domain', text: "import '../activities/seed.ts';" },
  'api/activities.ts': { rule: 'api-sees-only-the-contract', text: "import '../activities/seed.ts';" },
  'infra/stripe-emulator/outside.ts': { rule: 'stripe-emulator-stands-alone', text: "import '../seed.ts';" },
  'test/year/model/outside.ts': { rule: 'the-model-of-a-year-stands-alone', text: "import '../../seed.ts';" },
  'infra/product.ts': { rule: 'core-knows-no-product', text: "import '../products/seed.ts';" },
  'workflows/product.ts': { rule: 'core-knows-no-product', text: "import '../products/seed.ts';" },
  'products/inside.ts': { rule: 'products-import-only-the-surface', text: "import '../infra/seed.ts';" },
  'api/lost.ts': { rule: 'no-unresolved', text: "import './nowhere.ts';" },
};

/** Rules that were broken, by file. */
async function broken(): Promise<Readonly<Record<string, readonly string[]>>> {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-cruise-'));
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), `${text}\n`);
  };
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json']) await cp(join(ROOT, name), join(folder, name));
  for (const name of [...SOURCES, 'workflows/domain']) await write(join(name, 'seed.ts'), 'export const seed = 1;');
  for (const [file, { text }] of Object.entries(PLANTED)) await write(file, text);
  const { violations } = await cruise(folder);
  await rm(folder, { recursive: true });
  return Object.fromEntries(
    Object.keys(PLANTED).map((file) => [
      file,
      violations.filter(({ from }) => from === file).map(({ rule }) => rule.name),
    ]),
  );
}

// `npm run check` checks that the project itself breaks none.
test('the rules of dependency directions are held: a planted violation of each is caught', async () => {
  const found = await broken();
  expect(found).toEqual(
    Object.fromEntries(
      Object.entries(PLANTED).map(([file, { rule }]) => [file, expect.arrayContaining([rule]) as unknown]),
    ),
  );
});
