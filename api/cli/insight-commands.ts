import type { Command } from 'commander';
import type { CliDeps } from './support-commands.ts';
import { plain } from './plain.ts';
import { toRead } from './which-customer.ts';

const time = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

/** Reads that say what happened to a customer and why. */
export function addInsightCommands(program: Command, { client, print }: CliDeps): void {
  program
    .command('timeline <customer>')
    .description('everything that happened to a customer, oldest first')
    .option('--json', 'for programs')
    .action(async (who: string, { json }: { readonly json?: boolean }) => {
      const reply = await client().timeline(await toRead(client(), who));
      const lines = reply.timeline.map(({ at, kind, what, why }) =>
        plain(`${time(at)}  ${kind.padEnd(6)}  ${what}${why === null ? '' : `  (${why})`}`),
      );
      print(json ? JSON.stringify(reply) : lines.join('\n'));
    });
  program
    .command('explain <customer>')
    .description('why a customer is where they are, and what happens next')
    .option('--json', 'for programs')
    .action(async (who: string, { json }: { readonly json?: boolean }) => {
      const reply = await client().explain(await toRead(client(), who));
      const { phase, standing, because, waiting_for, next, failures } = reply;
      const lines = [
        `${phase}, ${standing}: ${because}`,
        ...failures.map(
          ({ step, error_type, cause, suggestedFix }) => `failed at ${step} (${error_type}): ${cause} ${suggestedFix}`,
        ),
        `waiting for: ${waiting_for ?? (phase === 'ended' ? 'nothing' : 'unknown')}`,
        ...next.map(({ at, what }) => `${time(at)}  ${what}`),
      ];
      print(json ? JSON.stringify(reply) : lines.map(plain).join('\n'));
    });
}
