import { Command, CommanderError } from 'commander';
import { ConfigError, loadCliConfig, type CliConfig } from '../../infra/config.ts';
import { HOW_TO_START } from '../../infra/program-file.ts';
import { AdminClient } from './admin-client.ts';
import type { CliDeps } from './support-commands.ts';
import { addAccessCommands } from './access-commands.ts';
import { addBatchCommands } from './batch-commands.ts';
import { addCommands } from './commands.ts';
import { addEventCommands } from './event-commands.ts';
import { CliError, EXIT } from './exit.ts';
import { addInsightCommands } from './insight-commands.ts';
import { addOnboardCommand } from './onboard-command.ts';
import { addOutagesCommand } from './outages-command.ts';
import { addProgramCommands } from './program-commands.ts';
import { addReconcileCommand } from './reconcile-command.ts';
import { addStartCommand } from './start-command.ts';
import { readRunning } from './running.ts';

const program = new Command('tenure')
  .description(
    `Support on the command line, for what "${HOW_TO_START}" runs here, or a remote API; and what runs Tenure.`,
  )
  .option('--url <address>', 'of the API (or TENURE_URL)')
  .option(
    '--token <token>',
    'of staff; better TENURE_TOKEN or TENURE_TOKEN_FILE, which other users of the machine cannot see',
  )
  .addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not running, 4 outcome not known.')
  .showHelpAfterError()
  .exitOverride();

/** Options take precedence over the environment. */
function given(): Partial<Pick<CliConfig, 'url' | 'token'>> {
  const { url, token } = program.opts<{ url?: string; token?: string }>();
  if (url !== undefined && !URL.canParse(url))
    throw new CliError(EXIT.usage, '--url must be an address such as https://…');
  return { ...(url !== undefined && { url }), ...(token !== undefined && { token }) };
}

const deps: CliDeps = {
  client: () => new AdminClient(readRunning({ ...loadCliConfig(), ...given() })),
  print: (text) => process.stdout.write(`${text}\n`),
};
for (const add of [
  addCommands,
  addOnboardCommand,
  addInsightCommands,
  addBatchCommands,
  addAccessCommands,
  addReconcileCommand,
  addEventCommands,
  addOutagesCommand,
  addStartCommand,
  addProgramCommands,
])
  add(program, deps);

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError || error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else throw error;
  return error instanceof CliError ? error.exitCode : EXIT.usage;
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
