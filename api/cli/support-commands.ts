import { Option, type Command } from 'commander';
import { money } from '../../workflows/domain/money.ts';
import type { Input, SupportCommand } from '../support/commands/command.ts';
import { SUPPORT_COMMANDS } from '../support/commands/index.ts';
import type { AdminClient } from './admin-client.ts';
import { plain } from './plain.ts';
import { decimal, instant, KEY, whole } from './typed.ts';
import { nameOf, toChange } from './which-customer.ts';

export interface CliDeps {
  /** Created only when a command runs, so that help works without anything running. */
  readonly client: () => AdminClient;
  readonly print: (text: string) => void;
}

export interface Common {
  readonly json?: boolean;
  readonly key?: string;
}

/** Sends a command for a customer, and prints the result. */
export async function send({ client, print }: CliDeps, who: string, name: string, body: object, { json, key }: Common) {
  const customer = await toChange(client(), who);
  const result = await client().command(customer.customerId, name, body, key);
  const lines = Object.entries(result).map(([field, value]) => `${field}: ${plain(String(value))}`);
  const { customerId: customer_id, companyName: company_name } = customer;
  const reply = { customer_id, company_name, ...result };
  print(json ? JSON.stringify(reply) : [`customer: ${nameOf(customer)}`, ...lines].join('\n'));
}

type Kind = Input['kind'];
/** How an option becomes a value of the API's body, where it is not the text itself. */
const READ: { readonly [K in Kind]?: (text: string, flag: string) => unknown } = {
  number: decimal,
  cents: (text, flag) => whole(flag, text, ` in the smallest unit of the currency (100 is ${money(100, 'usd')})`),
  instant,
};

/** What is sent when the option is not given; absent: nothing. */
function unsaid(input: Input): unknown {
  if (input.kind === 'word') return input.words[0].value;
  return input.kind === 'tick' ? false : undefined;
}

const NEEDED: ReadonlySet<Kind> = new Set(['number', 'instant', 'choice']);
const isNeeded = (input: Input): boolean =>
  NEEDED.has(input.kind) || (input.kind === 'text' && input.required === true);

interface CommandOption {
  readonly input: Input;
  readonly option: Option;
}

function optionsOf({ inputs }: SupportCommand): readonly CommandOption[] {
  return inputs.flatMap((input) => {
    if (!input.option) return [];
    const option = new Option(...input.option).makeOptionMandatory(isNeeded(input));
    return [{ input, option }];
  });
}

function valueOf({ input, option }: CommandOption, given: Readonly<Record<string, string | boolean>>): unknown {
  const said = given[option.attributeName()];
  if (typeof said !== 'string') return said ?? unsaid(input);
  return READ[input.kind]?.(said, option.long ?? '') ?? said;
}

/** The commands that change something of a customer. */
export function addSupportCommands(program: Command, deps: CliDeps): void {
  for (const support of SUPPORT_COMMANDS) {
    if (support.help === undefined) continue;
    const options = optionsOf(support);
    const command = program.command(`${support.name} <customer>`).description(support.help);
    for (const { option } of options) command.addOption(option);
    command
      .option(...KEY)
      .option('--json', 'for programs')
      .action((who: string, given: Common & Record<string, string>) => {
        const body = Object.fromEntries(options.map((each) => [each.input.field, valueOf(each, given)]));
        return send(deps, who, support.name, body, given);
      });
  }
}
