import type { Command } from 'commander';
import { CliError, EXIT } from './exit.ts';
import { detailText, dryRunText, listText } from './print.ts';
import { addSupportCommands, send, type CliDeps, type Common } from './support-commands.ts';
import { KEY, collect, corrections } from './typed.ts';
import { toRead } from './which-customer.ts';

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
  addSupportCommands(program, deps);
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
