import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// In separate processes, where Node itself loads the product: jest would load it by its own rules.
const OPENER = `
  import { openProduct } from ${JSON.stringify(fileURLToPath(new URL('../../../infra/product/open-product.ts', import.meta.url)))};
  try {
    const { profile, actions, logo } = await openProduct({ source: process.argv[1], settings: {} });
    console.log(JSON.stringify({ profile, logo: logo && [logo.type, logo.bytes.length], actions: Object.values(actions).map(({ acts, previews }) => Object.keys({ ...acts, ...previews })) }));
  } catch ({ name, message }) {
    console.log(JSON.stringify({ name, message }));
  }`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'product-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Opened {
  readonly name?: string;
  readonly message?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly logo?: readonly [string, number];
  readonly actions?: readonly (readonly string[])[];
}

function open(product: string): Promise<Opened> {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', OPENER, product];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: {} }, (error, stdout) => {
      if (error) reject(new Error(error.message));
      else resolve(JSON.parse(stdout) as Opened);
    });
  });
}

const PLANS = `plans: [{ id: 'solo', name: 'Solo', monthlyCents: 500, maxDevices: 1, connections: 3 }]`;
const product = (members: string): string => `
import { CORE_STEPS, defineProduct, defineStep } from 'tenure/product';
export default defineProduct({ name: 'acme', brand: { name: 'Acme' }, ${PLANS}, ${members} });
`;
const STEP = `{ name: 'mailDomain', title: 'Mail', part: 'instance', needs: ['stack'], takes: [], whenItFails: 'policy',`;

const WITH_STEP = (members: string): string =>
  product(
    `steps: [...CORE_STEPS, { name: 'odd', title: 'Odd', part: 'account', needs: [], takes: [], whenItFails: 'policy', run: async () => {}, ${members} }]`,
  );

test.each([
  [
    'no plans, by a slip',
    product('').replace('plans:', 'plan:'),
    ['plan: there is no such member', 'plans is missing'],
  ],
  ['an empty catalogue', product('plans: []'), ['plans is empty']],
  ['no name', product('').replace(`name: 'acme', `, ''), ['name is missing']],
  ['no brand', product('').replace(`brand: { name: 'Acme' },`, ''), ['brand is missing']],
  ['no region', product('regions: []'), ['regions is empty']],
  ['a figure that is text', product(`trialDays: '30'`), ['trialDays must be a number']],
  ['a price that is text', product('').replace('500', `'5.00'`), ['plans.solo.monthlyCents must be a number']],
  [
    'a cycle that there is not',
    product('').replace('monthlyCents: 500', 'monthlyCents: 500, yearlyCents: 5_000'),
    ['plans.solo.yearlyCents: there is no such member. Members: id, name, monthlyCents, quarterlyCents, annualCents'],
  ],
  [
    'a cycle that there is not in another currency',
    product('').replace('monthlyCents: 500', 'monthlyCents: 500, otherCurrencies: { eur: { monthly: 500 } }'),
    [
      'plans.solo.otherCurrencies.eur.monthly: there is no such member. Members: monthlyCents, quarterlyCents',
      'plans.solo.otherCurrencies.eur.monthlyCents is missing',
    ],
  ],
  [
    'a limit that is text',
    product('').replace('monthlyCents: 500', `monthlyCents: 500, limits: { users: '5' }, features: 'sso'`),
    ['plans.solo.limits.users must be a number', 'plans.solo.features must be a list'],
  ],
  ['a member that there is not', product('trialDay: 30'), ['trialDay: there is no such member. Members: name, brand']],
  [
    'a rule of a signup that there is not',
    product('signupRules: { minName: 2 }'),
    ['signupRules.minName: there is no such member. Members: refuseDisposableAddresses, moreDisposableDomains'],
  ],
  [
    'a framework that is a list',
    product('').replace('500', `500, framework: ['hipaa']`),
    ['plans.solo.framework must'],
  ],
  [
    'an unknown policy',
    product(`onboarding: { whenAStepFails: 'x', parkedDays: 1, alertEveryHours: 1 }`),
    ['onboarding.whenAStepFails must be one of "park", "rollback"'],
  ],
  ['half of a policy', product('retry: { attempts: 3 }'), ['retry.initialMs is missing', 'retry.backoff is missing']],
  [
    'a step that fails in a way of its own',
    WITH_STEP(`whenItFails: 'stop'`),
    ['steps.odd.whenItFails must be one of "policy", "continue"'],
  ],
  ['a step of no part', WITH_STEP(`part: 'foo'`), ['steps.odd.part must be one of "account"']],
  [
    'a step that takes what there is not',
    WITH_STEP(`takes: ['phone']`),
    ['steps.odd.takes[0] must be one of "companyName"'],
  ],
  ['a step that runs a name', WITH_STEP(`run: 'mine'`), ['steps.odd.run must be a function']],
  [
    'a step with a slip',
    WITH_STEP(`need: ['stack']`),
    ['steps.odd.need: there is no such member. Members: name, title'],
  ],
  [
    'a step with next to nothing',
    product(`steps: [...CORE_STEPS, { name: 'odd' }]`),
    ['steps.odd.title is missing', 'steps.odd.needs is missing'],
  ],
  ['a step that is none', product('steps: [...CORE_STEPS, null]'), ['steps[6] must be an object']],
  [
    'an action that does not say what it takes',
    product(`steps: [...CORE_STEPS, { name: 'odd', title: 'Odd', part: 'account', needs: [], run: async () => {} }]`),
    ['steps.odd.takes is missing', 'steps.odd.whenItFails is missing'],
  ],
  [
    'a retired step with next to nothing',
    product(`retired: [{ name: 'old', title: 'Old' }]`),
    ['retired.old.part is missing'],
  ],
  ['a mail that is none', product('mails: { welcome: 1 }'), ['mails.welcome must be an object']],
  [
    'nothing',
    `import { defineProduct } from 'tenure/product';\nexport default defineProduct();`,
    ['defineProduct takes an object'],
  ],
])('%s is refused as a compiler would, with the place', async (_name, source, words) => {
  await writeFile(join(folder, 'product.ts'), source);
  const { name, message = '' } = await open(folder);
  expect(name).toBe('ConfigError');
  for (const word of words) expect(message).toContain(`\n- ${word}`);
});

test('what is undefined is left out', async () => {
  await writeFile(join(folder, 'product.ts'), product('regions: undefined, steps: undefined, retry: undefined'));
  expect((await open(folder)).profile).toMatchObject({ regions: ['eu-central', 'us-east', 'ap-southeast'] });
});

test('a module that never finishes loading is told after ten seconds', async () => {
  await writeFile(join(folder, 'product.ts'), `await new Promise(() => {});\n${product('')}`);
  const { message } = await open(folder);
  expect(message).toMatch(/product\.ts: it did not finish loading within 10 s\. Look for an await that never ends\.$/);
}, 30_000);

test('what it leaves out is as in the default product; its steps have activities of its own name', async () => {
  const own = `defineStep(${STEP} queue: 'provisioning', run: async () => {}, undo: async () => {}, preview: async () => [] })`;
  await writeFile(join(folder, 'product.ts'), product(`trialDays: 30, steps: [...CORE_STEPS, ${own}]`));
  const { profile, actions } = await open(folder);
  expect(profile).toMatchObject({ name: 'acme', currency: 'usd', trialDays: 30, graceDays: 3, target: 'local' });
  expect((profile?.['steps'] as object[]).at(-1)).toMatchObject({ name: 'mailDomain', undo: 'acme.mailDomain.undo' });
  expect(actions).toEqual([[], ['run', 'undo', 'preview'].map((what) => `acme.mailDomain.${what}`)]);
  await writeFile(join(folder, 'product.ts'), product(`retired: [${own}]`));
  const retired = await open(folder);
  expect(JSON.stringify(retired.profile?.['steps'])).not.toContain('mailDomain');
  expect(retired.actions).toEqual(actions);
  expect(await open(join(folder, 'product.ts'))).toMatchObject({ profile: { name: 'acme' } });
});

test('the default product is one like any other', async () => {
  expect(await open('tenure')).toMatchObject({ profile: { name: 'tenure' }, actions: [[], []] });
});

test.each<[string, string | undefined, RegExp]>([
  ['no file', undefined, /there is no product\.ts or product\.js or product\.mjs in .+\. Give the folder/],
  ['one that throws', `\n\nthrow new Error('not today');`, /product\.ts:3: not today/],
  ['one that is no TypeScript', `const a: = 3;`, /product\.ts.*: /],
  ['a module that is not there', `import 'left-pad-of-tomorrow';`, /Cannot find package 'left-pad-of-tomorrow'/],
  ['no default export', `export const a = 3;`, /must end with: export default defineProduct/],
  ['one that was not checked', `export default { name: 'acme' };`, /must end with: export default defineProduct/],
  ['an unknown step', product(`steps: [defineStep(${STEP} run: async () => {} })]`), /there is no step "stack"/],
  ['a step without a run', product(`steps: [...CORE_STEPS, ${STEP} }]`), /steps\.mailDomain\.run is missing/],
  ['an unknown target', product(`target: 'moon'`), /names the target "moon"\. There are: local/],
  ['a member of the wrong type', product(`steps: 7`), /product\.ts/],
])('%s is refused with its place', async (_label, text, message) => {
  if (text !== undefined) await writeFile(join(folder, 'product.ts'), text);
  const refused = await open(folder);
  expect(refused.name).toBe('ConfigError');
  expect(refused.message).toMatch(/^TENURE_PRODUCT: /);
  expect(refused.message).toContain(folder);
  expect(refused.message).toMatch(message);
});

const SVG = '<?xml version="1.0"?>\n<!-- ours -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const branded = (logo: string): string => product(`...{ brand: { name: 'Acme', logo: '${logo}' } }`);

test.each<[string, string | Buffer, string]>([
  ['logo.svg', SVG, 'image/svg+xml'],
  ['logo.png', PNG, 'image/png'],
])('%s beside it is its logo', async (name, bytes, type) => {
  await writeFile(join(folder, 'product.ts'), branded(name));
  await writeFile(join(folder, name), bytes);
  expect((await open(folder)).logo).toEqual([type, bytes.length]);
});

test.each<[string, string, string | Buffer | undefined, RegExp]>([
  ['that is not there', 'logo.svg', undefined, /there is nothing in .*logo\.svg\. Put the file there/],
  ['that is empty', 'logo.svg', '', /there is nothing in/],
  ['that is a page', 'logo.svg', '<html><svg></svg></html>', /logo\.svg is not what its name says/],
  ['of another ending', 'logo.png', SVG, /logo\.png is not what its name says/],
  ['that is large', 'logo.svg', SVG + ' '.repeat(102_400), /larger than 100 KB/],
])('a logo %s is refused with its place', async (_label, name, bytes, message) => {
  await writeFile(join(folder, 'product.ts'), branded(name));
  if (bytes !== undefined) await writeFile(join(folder, name), bytes);
  const refused = await open(folder);
  expect(refused.name).toBe('ConfigError');
  expect(refused.message).toContain(`TENURE_PRODUCT: ${join(folder, 'product.ts')}: brand.logo: `);
  expect(refused.message).toMatch(message);
});
