import { existsSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Tenure, makeHome } from './support/tenure.ts';

const home = makeHome();
const folder = join(dirname(home), 'own');
beforeAll(() => {
  mkdirSync(folder);
});
afterAll(() => {
  rmSync(dirname(home), { recursive: true, force: true });
});

const PRODUCT = `
import { defineProduct } from 'tenure/product';
export default defineProduct({
  name: 'acme',
  brand: { name: 'Acme' },
  plans: [{ id: 'solo', name: 'Solo', monthlyCents: 500, maxDevices: 1, connections: 3 }],
});
`;

test.each([
  ['ends its process', 'process.exit(0);', 'the process ended while it was loaded (exit code 0). Look for a call to'],
  ['never ends', 'for (;;);', 'it was still loading after 15 s. Look for a loop that never ends.'],
  [
    'leaves a rejection to nobody',
    `void Promise.reject(new Error('no such host'));`,
    'a promise was rejected and nothing handles that: no such host. Await it, or catch the error.',
  ],
  [
    'throws what is nothing',
    'throw Object.create(null);',
    'it threw what is not an Error: [Object: null prototype] {}',
  ],
])(
  'a product whose code %s stops the start before anything is there, with its file',
  async (_what, code, sentence) => {
    const file = join(folder, 'product.ts');
    writeFileSync(file, `${PRODUCT}${code}`);
    const refused = new Tenure(home, { TENURE_PRODUCT: folder });
    await expect(refused.ended()).resolves.toBe(1);
    expect(refused.output).toMatch(/^TENURE_PRODUCT: .*\n$/);
    expect(refused.output).toContain(`${file}: ${sentence}`);
    expect(existsSync(home)).toBe(false);
  },
  40_000,
);
