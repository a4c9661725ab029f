import type { Command } from 'commander';
import type { CliDeps } from './support-commands.ts';
import { plain } from './plain.ts';
import { toRead } from './which-customer.ts';

const time = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

/** A sentence may hold a date too: a line has one form of it. */
const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const line = (text: string): string => plain(text.replaceAll(INSTANT, time));

/** Reads that say what happened to a customer and why. */
export function addInsightCommands(program: Command, { client, print }: CliDeps): void {
  program
    .command('timeline <customer>')
    .description('everything that happened to a customer, oldest first')
    .option('--json', 'for programs')
    .action(async (who: string, { json }: { readonly json?: boolean }) => {
      const reply = await client().timeline(await toRead(client(), who));
      const lines = reply.timeline.map(({ at, kind, what, why }) =>
        line(`${at}  ${kind.padEnd(6)}  ${what}${why === null ? '' : `  (${why})`}`),
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
        ...next.map(({ at, what }) => `${at}  ${what}`),
      ];
      print(json ? JSON.stringify(reply) : lines.map(line).join('\n'));
    });
}
