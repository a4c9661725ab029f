import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const SOURCES = ['workflows', 'activities', 'workers', 'api', 'infra', 'products'];

function cruise(cwd: string): Promise<{ code: number; output: string }> {
  const args = [CRUISER, '--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...SOURCES];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

/** The rules of dependency directions bite; that the project keeps them is for `npm run check` to say. */
const PLANTED = [
  { rule: 'workflows-stay-home', file: 'workflows/bad.ts', text: "import '../infra/seed.ts';" },
  { rule: 'domain-is-pure', file: 'workflows/domain/bad.ts', text: "import '../seed.ts';" },
  { rule: 'workflows-import-activities-as-types', file: 'workflows/bad.ts', text: "import '../activities/seed.ts';" },
  { rule: 'infra-knows-only-domain', file: 'infra/bad.ts', text: "import '../activities/seed.ts';" },
  { rule: 'api-sees-only-the-contract', file: 'api/bad.ts', text: "import '../activities/seed.ts';" },
  { rule: 'stripe-emulator-stands-alone', file: 'infra/stripe-emulator/bad.ts', text: "import '../seed.ts';" },
  { rule: 'core-knows-no-product', file: 'infra/bad.ts', text: "import '../products/seed.ts';" },
  { rule: 'core-knows-no-product', file: 'workflows/bad.ts', text: "import '../products/seed.ts';" },
  { rule: 'products-import-only-the-surface', file: 'products/bad.ts', text: "import '../infra/seed.ts';" },
  { rule: 'no-unresolved', file: 'api/bad.ts', text: "import './nowhere.ts';" },
];

test.each(PLANTED)('a planted violation of $rule is caught', async ({ rule, file, text }) => {
  const folder = await mkdtemp(join(tmpdir(), 'tenure-cruise-'));
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json']) await cp(join(ROOT, name), join(folder, name));
  for (const name of [...SOURCES, 'workflows/domain']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'seed.ts'), 'export const seed = 1;\n');
  }
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), `${text}\n`);
  const { code, output } = await cruise(folder);
  await rm(folder, { recursive: true });
  expect([code, output.includes(rule)]).toEqual([1, true]);
});
