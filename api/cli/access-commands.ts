import type { Command } from 'commander';
import type { CliDeps } from './commands.ts';

interface Given {
  readonly reason: string;
  readonly json?: boolean;
}

/** Who gets in. */
export function addAccessCommands(program: Command, { client, print }: CliDeps): void {
  program
    .command('sign-out-staff')
    .description('end every session of the staff, after a token was changed or a browser was lost')
    .requiredOption('--reason <text>', 'why; kept in the audit trail')
    .option('--json', 'for programs')
    .action(async ({ reason, json }: Given) => {
      const reply = await client().signOutStaff(reason);
      print(json ? JSON.stringify(reply) : `sessions_ended: ${String(reply.sessions_ended)}`);
    });
}
