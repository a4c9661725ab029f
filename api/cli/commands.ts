import type { Command } from 'commander';
import type { AdminClient } from './admin-client.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';
import { detailText, dryRunText, listText } from './print.ts';
import { KEY, collect, corrections, decimal, instant, whole } from './typed.ts';
import { nameOf, toChange, toRead } from './which-customer.ts';

export interface CliDeps {
  /** Asked for only when a command runs: help works without anything running. */
  readonly client: () => AdminClient;
  readonly print: (text: string) => void;
}

interface Common {
  readonly json?: boolean;
  readonly key?: string;
}

function reads(program: Command, { client, print }: CliDeps): void {
  program
    .command('list')
    .description('customers, the newest first')
    .option('--phase <phase>', 'only of this phase')
    .option('--attention [step]', 'only those who need a person (at this step)')
    .option('--search <text>', 'part of a name, address or id')
    .option('--limit <n>', '1 to 100')
    .option('--cursor <cursor>', 'the next page')
    .option('--json', 'for programs')
    .action(async (options: Common & Record<string, string | boolean | undefined>) => {
      const { phase, attention, search, limit, cursor } = options as Record<string, string | undefined>;
      const needed = options['attention'] === true ? 'any' : attention;
      const page = await client().list({ phase, attention: needed, q: search, limit, cursor });
      print(options.json ? JSON.stringify(page) : listText(page));
    });
  program
    .command('show <customer>')
    .description(
      'everything about one customer, by id, name, address or instance, or a part of one that no other customer has',
    )
    .option('--json', 'for programs')
    .action(async (who: string, { json }: Common) => {
      const detail = await client().show(await toRead(client(), who));
      print(json ? JSON.stringify(detail) : detailText(detail));
    });
}

interface Action {
  readonly name: string;
  readonly description: string;
  readonly options: readonly (readonly [flags: string, description: string, required: boolean])[];
  readonly body: (options: Readonly<Record<string, string>>) => object;
}

const REASON = ['--reason <text>', 'why; kept in the audit trail', true] as const;

/** The commands that change something: what each takes, and what it sends. */
const ACTIONS: readonly Action[] = [
  {
    name: 'abandon',
    description: 'undo a failed onboarding and end the customer',
    options: [REASON],
    body: ({ reason }) => ({ reason }),
  },
  {
    name: 'cancel',
    description: 'end a customer',
    options: [['--when <when>', 'now or period_end (default)', false], REASON],
    body: ({ when = 'period_end', reason }) => ({ when, reason }),
  },
  {
    name: 'undo-cancellation',
    description: 'undo a cancellation before it is carried out',
    options: [REASON],
    body: ({ reason }) => ({ reason }),
  },
  {
    name: 'extend-trial',
    description: 'extend a trial',
    options: [['--days <days>', 'how many', true], REASON],
    body: ({ days, reason }) => ({ days: decimal(days ?? ''), reason }),
  },
  {
    name: 'refund',
    description: 'refund a paid invoice, all or part of it; with the same --key it is one refund',
    options: [
      ['--amount <cents>', 'default: all that is left', false],
      ['--invoice <id>', 'default: the newest paid one', false],
      REASON,
    ],
    body: ({ amount, invoice, reason }) => ({
      ...(amount !== undefined && { amount: whole('--amount', amount, ' of cents (1.00 USD is 100)') }),
      ...(invoice !== undefined && { invoice }),
      reason,
    }),
  },
  {
    name: 'unlock',
    description: "clear the limits that keep a customer out, and say who holds the stack's lock",
    options: [REASON],
    body: ({ reason }) => ({ reason }),
  },
  {
    name: 'adopt-stack',
    description: 'take over what exists of a stack whose state is missing',
    options: [REASON],
    body: ({ reason }) => ({ reason }),
  },
  {
    name: 'erase',
    description: 'delete a customer and all their data; cannot be undone',
    options: [['--confirm <id>', "the customer's id or instance name, once more", true], REASON],
    body: ({ confirm, reason }) => ({ confirm, reason }),
  },
  {
    name: 'revoke-key',
    description: 'revoke an API key of a customer; `keys` lists them',
    options: [['--id <key>', 'id of the key', true], REASON],
    body: ({ id, reason }) => ({ key_id: id, reason }),
  },
  {
    name: 'send-key-link',
    description: 'mail a customer a link that makes a new API key and shows it once',
    options: [REASON],
    body: ({ reason }) => ({ reason }),
  },
  {
    name: 'dismiss-alert',
    description: 'dismiss an alert that has been dealt with; `show` lists them',
    options: [['--id <alert>', 'id of the alert', true], REASON],
    body: ({ id, reason }) => ({ alert_id: id, reason }),
  },
  {
    name: 'resend-mail',
    description: 'send a mail that was not sent; `show` lists them',
    options: [
      ['--id <mail>', 'id of the mail', true],
      ['--may-come-twice', 'send it although it may have been sent already', false],
      REASON,
    ],
    body: ({ id, mayComeTwice, reason }) => ({ email_id: id, may_come_twice: mayComeTwice !== undefined, reason }),
  },
  {
    name: 'advance',
    description: "move a customer's test clock",
    options: [['--to <date>', 'a date or an ISO 8601 instant', true]],
    body: ({ to = '' }) => ({ to: instant(to) }),
  },
];

async function send({ client, print }: CliDeps, who: string, name: string, body: object, { json, key }: Common) {
  const customer = await toChange(client(), who);
  const result = await client().command(customer.customerId, name, body, key);
  const lines = Object.entries(result).map(([field, value]) => `${field}: ${plain(String(value))}`);
  const { customerId: customer_id, companyName: company_name } = customer;
  const told = { customer_id, company_name, ...result };
  print(json ? JSON.stringify(told) : [`customer: ${nameOf(customer)}`, ...lines].join('\n'));
}

interface ReplayOptions extends Common {
  readonly from: string;
  readonly correct: readonly string[];
  readonly reason?: string;
  readonly dryRun?: boolean;
}

async function replay(deps: CliDeps, who: string, given: ReplayOptions): Promise<void> {
  const { from, correct, reason, dryRun = false, json } = given;
  const body = { from, ...(correct.length > 0 && { corrections: corrections(correct) }) };
  if (!dryRun) {
    if (reason === undefined) throw new CliError(EXIT.usage, 'A replay needs --reason <text>, or --dry-run.');
    return send(deps, who, 'replay', { ...body, reason }, given);
  }
  const client = deps.client();
  const shown = await client.dryRun(await toRead(client, who), { ...body, dry_run: true });
  deps.print(json ? JSON.stringify(shown) : dryRunText(shown));
}

function changes(program: Command, deps: CliDeps): void {
  for (const { name, description, options, body } of ACTIONS) {
    const command = program.command(`${name} <customer>`).description(description);
    for (const [flags, text, required] of options)
      if (required) command.requiredOption(flags, text);
      else command.option(flags, text);
    command
      .option(...KEY)
      .option('--json', 'for programs')
      .action((who: string, given: Common & Record<string, string>) => send(deps, who, name, body(given), given));
  }
  program
    .command('replay <customer>')
    .description('run a failed onboarding again')
    .option('--from <step>', '"failed", "start" or the name of a step', 'failed')
    .option('--correct <field=value>', 'company_name, email, slug, plan or region; repeatable', collect, [])
    .option('--reason <text>', 'why; kept in the audit trail; needed unless --dry-run')
    .option(
      '--dry-run',
      'show what would run, be skipped, be undone and change in the stack and in Stripe; changes nothing',
    )
    .option(...KEY)
    .option('--json', 'for programs')
    .action((who: string, given: ReplayOptions) => replay(deps, who, given));
}

export function addCommands(program: Command, deps: CliDeps): void {
  reads(program, deps);
  changes(program, deps);
}
