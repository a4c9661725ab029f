import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inCopy, typeErrorsIn, WHOLE } from '../support/lifecycle-bundle.ts';

// Makes the changes that README.md lists for one more of a thing in a copy: nothing else may be needed.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A new text for a file, which may not exist yet. */
type Edit = readonly [file: string, (before: string) => string];

const PRODUCT = 'products/tenure/product.ts';
const after = (mark: string, added: string) => (before: string) => {
  if (!before.includes(mark)) throw new Error(`There is no "${mark}" any more.`);
  return before.replace(mark, `${mark}${added}`);
};

const STEP = `
const greet = defineStep({
  ...{ name: 'greet', title: 'Greet you', part: 'account', needs: [], takes: [], whenItFails: 'continue' },
  run: () => Promise.resolve(),
});
`;
const SHOP = `import { defineProduct } from '../../infra/product/index.ts';

export default defineProduct({
  ...{ name: 'shop', brand: { name: 'Shop' } },
  plans: [{ id: 'one', name: 'One', monthlyCents: 100, maxDevices: 1, connections: 1 }],
});
`;
const MAIL = `import { coreMail } from './core-mail.ts';

export const birthday = coreMail({ subject: 'Happy birthday', paragraphs: ['A year ago you came to us.'] });
`;
const PRAISE = `import { Accepted, WithReason } from '../../schemas/commands.ts';
import { command, inPhase, REASON } from './command.ts';

export const praise = command({
  name: 'praise',
  role: 'support',
  console: { title: 'Praise', button: 'Praise them', done: 'They are praised.', offered: inPhase('trial') },
  help: 'praise a customer',
  operationId: 'praiseCustomer',
  summary: 'Praise a customer',
  inputs: [REASON],
  body: WithReason,
  reply: Accepted,
  run: () => Promise.resolve({ accepted: true }),
});
`;
const MOON = `import { localTarget } from '../local/target.ts';
import type { Target, TargetSettings } from '../target.ts';

export const moonTarget = (settings: TargetSettings): Target => localTarget(settings);
`;

/** Whether the route, the form in the console and the command line have the new command. */
const PRAISED = `
    const praised = async () => {
      const routes = [];
      const app = { post: (url) => routes.push(url), get: (url) => routes.push(url) };
      (await load('api/routes/admin-commands.ts')).adminCommandRoutes(app, {});
      (await load('api/pages/console-commands.ts')).consoleCommands(app, {});
      const customer = { customerId: 'cust_1', phase: 'trial', attention: null, email: null };
      const detail = { customer, invoices: [], keys: [], alerts: [], emails: [], differences: [], status: null };
      const forms = (await load('api/pages/views/console-actions.ts')).consoleActions({ detail, role: 'support' });
      const program = new (await import('commander')).Command();
      (await load('api/cli/support-commands.ts')).addSupportCommands(program, {});
      return (
        routes.includes('/api/admin/customers/:id/praise') &&
        routes.includes('/console/customers/:id/praise') &&
        forms.includes('/console/customers/cust_1/praise') &&
        program.commands.some((one) => one.name() === 'praise' && one.options.some(({ long }) => long === '--reason'))
      );
    };`;

/** By the first words of the row in README.md. `known`: an expression over the copy's modules that must then be true. */
const ADDITIONS: Readonly<Record<string, { readonly edits: readonly Edit[]; readonly known: string }>> = {
  'a mail': {
    edits: [
      ['infra/mails/birthday.ts', () => MAIL],
      [
        'infra/mails/index.ts',
        (before) =>
          after(
            'export const CORE_MAILS = {\n',
            '  birthday,\n',
          )(`import { birthday } from './birthday.ts';\n${before}`),
      ],
    ],
    known: "'sendBirthdayMail' in (await load('activities/email/index.ts')).createEmailActivities({})",
  },
  'a plan': {
    edits: [
      [
        PRODUCT,
        after('plans: [', "\n    { id: 'tiny', name: 'Tiny', monthlyCents: 1, maxDevices: 1, connections: 1 },"),
      ],
    ],
    known: "(await product('tenure')).plans[0].id === 'tiny'",
  },
  'an onboarding step': {
    edits: [
      [
        PRODUCT,
        (before) =>
          after(
            'plans: [',
            '',
          )(before)
            .replace(
              'export default defineProduct({',
              `${STEP}\nexport default defineProduct({\n  steps: [...CORE_STEPS, greet],`,
            )
            .replace('{ defineProduct }', '{ CORE_STEPS, defineProduct, defineStep }'),
      ],
    ],
    known: "(await product('tenure')).steps.at(-1).run === 'tenure.greet.run'",
  },
  'a product': {
    edits: [['products/shop/product.ts', () => SHOP]],
    known:
      "(await load('infra/product/shipped.ts')).shippedProducts().includes('shop') && (await product('shop')).plans.length === 1",
  },
  'a target for stacks': {
    edits: [
      ['infra/tenant-stacks/moon/target.ts', () => MOON],
      [
        'infra/tenant-stacks/targets.ts',
        (before) =>
          after(
            'const TARGETS = { ',
            'moon: moonTarget, ',
          )(
            after(
              "import { localTarget } from './local/target.ts';",
              "\nimport { moonTarget } from './moon/target.ts';",
            )(before),
          ),
      ],
    ],
    known: "(await load('infra/tenant-stacks/targets.ts')).TARGET_NAMES.includes('moon')",
  },
  'a command for support': {
    edits: [
      ['api/support/commands/praise.ts', () => PRAISE],
      [
        'api/support/commands/index.ts',
        (before) =>
          after(
            'SUPPORT_COMMANDS: readonly SupportCommand[] = [\n',
            '  praise,\n',
          )(`import { praise } from './praise.ts';\n${before}`),
      ],
    ],
    known: 'await praised()',
  },
  'a Stripe event of a known meaning': {
    edits: [
      [
        'api/webhooks/events.ts',
        after('export const STRIPE_EVENTS = {\n', "  'invoice.overdue': { object: 'invoice' },\n"),
      ],
    ],
    known: "(await load('api/webhooks/events.ts')).knownEvent('invoice.overdue')?.object === 'invoice'",
  },
};

/** The number of files in the table, where a folder or a line counts as one. */
async function promised(): Promise<Readonly<Record<string, number>>> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const rows = readme.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return Object.fromEntries(
    rows.flatMap(([, what = '', files = '']) =>
      what in ADDITIONS ? [[what, (files.match(/\d+/g) ?? []).reduce((sum, each) => sum + Number(each), 0)]] : [],
    ),
  );
}

async function carryOut(copy: string): Promise<void> {
  for (const { edits } of Object.values(ADDITIONS))
    for (const [file, edit] of edits) {
      const path = join(copy, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, edit(await readFile(path, 'utf8').catch(() => '')));
    }
}

/** In its own process, because the copy's modules are not ours. */
async function knownIn(copy: string): Promise<readonly string[]> {
  const looks = Object.entries(ADDITIONS).map(
    ([what, { known }]) => `if (!(${known})) missing.push(${JSON.stringify(what)});`,
  );
  const program = `
    const load = (file) => import(new URL(file, ${JSON.stringify(`file://${copy}/`)}));
    const product = async (name) => (await (await load('infra/product/open-product.ts')).openProduct({ source: name })).profile;
    ${PRAISED}
    const missing = [];
    ${looks.join('\n')}
    process.stdout.write(JSON.stringify(missing));`;
  const file = join(copy, 'look.mjs');
  await writeFile(file, program);
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', file]);
  return JSON.parse(stdout) as readonly string[];
}

test('one more of each thing takes the files that the README says, compiles, and is known', async () => {
  const counted = Object.entries(ADDITIONS).map(([what, { edits }]) => [what, edits.length]);
  expect(await promised()).toEqual(Object.fromEntries(counted));
  const found = await inCopy(
    WHOLE,
    (workflows) => carryOut(dirname(workflows)),
    async (copy) => [await typeErrorsIn(copy), await knownIn(copy)],
  );
  expect(found).toEqual(['', []]);
});
