import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { CYCLES, type Cycle } from '../../workflows/domain/profiles/index.ts';
import type { CliDeps } from './support-commands.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';

interface OnboardOptions {
  readonly name: string;
  readonly email: string;
  readonly tier?: string;
  readonly billingCycle?: string;
  readonly currency?: string;
  readonly region?: string;
  readonly framework?: string;
  readonly customerId?: string;
  readonly apiTriggered?: boolean;
  readonly skipProvisioning?: boolean;
  readonly skipTerraform?: boolean;
  readonly reason: string;
  readonly json?: boolean;
}

function cycleOf(text: string): Cycle {
  const cycle = CYCLES.find((one) => one === text);
  if (!cycle) throw new CliError(EXIT.usage, `--billing-cycle must be one of: ${CYCLES.join(', ')}.`);
  return cycle;
}

/** The API's words for those of the flags. */
const bodyOf = (options: OnboardOptions) => ({
  company_name: options.name,
  email: options.email,
  ...(options.tier !== undefined && { plan: options.tier }),
  ...(options.billingCycle !== undefined && { billing_cycle: cycleOf(options.billingCycle) }),
  ...(options.currency !== undefined && { currency: options.currency }),
  ...(options.region !== undefined && { region: options.region }),
  ...(options.framework !== undefined && { framework: options.framework }),
  ...(options.customerId !== undefined && { customer_id: options.customerId }),
  skip_provisioning: options.skipProvisioning === true || options.skipTerraform === true,
  reason: options.reason,
});

const plan = (body: ReturnType<typeof bodyOf>): string =>
  [
    'This onboards a customer:',
    ...Object.entries(body)
      .filter(([field]) => field !== 'skip_provisioning')
      .map(([field, value]) => `  ${field.replaceAll('_', ' ')}: ${plain(String(value))}`),
    body.skip_provisioning ? '  without an instance' : '  with an instance of their own',
    '  and mails them a link that sets their password.',
  ].join('\n');

/** Questions go to stderr: stdout is for the answer of the command alone. */
async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

async function confirmOrThrow(body: ReturnType<typeof bodyOf>): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError(EXIT.usage, 'No terminal to prompt on; pass --api-triggered to skip confirmation.');
  if (!(await confirm(`${plan(body)}\nContinue? [y/N] `))) throw new CliError(EXIT.refused, 'Nothing was done.');
}

/** `onboard`, and under the name of SecureBase's script `onboard-customer`. */
export function addOnboardCommand(program: Command, { client, print }: CliDeps): void {
  program
    .command('onboard')
    .alias('onboard-customer')
    .description('create a customer, who sets a password by a link that is mailed to them')
    .requiredOption('--name <company>', 'company name')
    .requiredOption('--email <address>', "the owner's address")
    .option('--tier <plan>', 'a plan of the catalogue; default: the first one')
    .option('--billing-cycle <cycle>', 'monthly, quarterly or annual; default: monthly')
    .option('--currency <code>', "currency of the price; default: the product's")
    .option('--region <region>', 'region of the instance; default: the first one')
    .option('--framework <name>', 'compliance framework, like hipaa')
    .option('--customer-id <id>', 'use this customer, or create them under this id; safe to repeat')
    .option('--api-triggered', 'do not ask for confirmation')
    .option('--skip-provisioning', 'no instance, now or later')
    .option('--skip-terraform', 'the same, under the older name')
    .option('--reason <text>', 'why; kept in the audit trail', 'onboarded on the command line')
    .option('--json', 'for programs')
    .action(async (options: OnboardOptions) => {
      const body = bodyOf(options);
      if (options.apiTriggered !== true) await confirmOrThrow(body);
      const reply = await client().onboard(body);
      const lines = Object.entries(reply).map(([field, value]) => `${field}: ${plain(value)}`);
      print(options.json ? JSON.stringify(reply) : lines.join('\n'));
    });
}
