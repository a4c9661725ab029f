import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { chooseProduct, loadCliConfig } from '../../infra/config.ts';
import { whenParentIsGone } from '../../infra/processes/parent.ts';
import { productOf } from '../../infra/product/shipped.ts';
import { programFile } from '../../infra/program-file.ts';

interface Program {
  readonly name: string;
  readonly script: string;
  readonly about: string;
  /** It reads its own options, and prints how it is used. */
  readonly hasOptions?: true;
  readonly withoutProduct?: true;
}

const DOCTOR: Program = {
  ...{ name: 'doctor', script: '../../workers/doctor/main.ts', hasOptions: true },
  about: 'says which settings, and what in Stripe, SES, Temporal and Postgres, customers need and is missing',
};
const STRIPE: Program = {
  ...{ name: 'stripe', script: '../../workers/stripe/main.ts', hasOptions: true },
  about:
    'shows (plan) and makes (apply) the products, prices, coupons and webhook endpoint that customers need in Stripe',
};
const MIGRATE: Program = {
  ...{ name: 'migrate', script: '../../infra/deploy/migrate.ts', hasOptions: true, withoutProduct: true },
  about: 'brings Postgres to the newest schema, and prepares the namespace in Temporal; before every release',
};
/** The processes of a production set-up, by the names that docker-compose.yml has for them. */
const PROCESSES: readonly Program[] = [
  { name: 'api', script: '../server.ts', about: 'runs the API with its pages' },
  {
    name: 'lifecycle-worker',
    script: '../../workers/lifecycle-worker.ts',
    about: 'runs the workflows, billing and mails',
  },
  {
    name: 'provisioning-worker',
    script: '../../workers/provisioning-worker.ts',
    about: 'runs what creates the stacks',
  },
  {
    ...{ name: 'gateway', script: '../../infra/tenant-stacks/local/gateway/main.ts', hasOptions: true },
    ...{ withoutProduct: true, about: 'runs the instances of the target "local", and leads visitors to them' },
  },
];

const PRODUCT = [
  '--product <name or path>',
  'one that comes with Tenure, or your product.ts or its folder (or TENURE_PRODUCT)',
] as const;

/** A program of ours, in this very process: signals, exit code and settings are its own. */
async function run({ script }: Program, options: readonly string[], product: string | undefined): Promise<void> {
  const file = programFile(script, import.meta.url);
  if (product !== undefined) chooseProduct(productOf(product));
  process.argv.splice(1, process.argv.length, file, ...options);
  if (loadCliConfig().underNpm) whenParentIsGone(() => process.kill(process.pid, 'SIGTERM'));
  await import(pathToFileURL(file).href);
}

/** What else the package runs: its doctor, its migrations, and each process of a production set-up. */
export function addProgramCommands(program: Command): void {
  for (const each of [DOCTOR, STRIPE, MIGRATE, ...PROCESSES]) {
    const command = program.command(each.name).description(each.about);
    if (!each.withoutProduct) command.option(...PRODUCT);
    if (each.hasOptions) command.argument('[options...]').allowUnknownOption().helpOption(false);
    else command.addHelpText('after', '\nIts settings are variables of the environment: the README lists them.');
    command.action(() => run(each, command.args, command.opts<{ readonly product?: string }>().product));
  }
}
