import type { Command } from 'commander';
import type { DifferencesShown } from './admin-client.ts';
import type { CliDeps } from './commands.ts';
import { plain } from './plain.ts';

const instant = (text: string): string => text.slice(0, 19).replace('T', ' ');

/** One paragraph for each kind, with the customers it holds. */
function differencesText({ differences, more, compared_since: since }: DifferencesShown): string {
  const compared =
    since === null ? 'Not everything has been compared yet.' : `All was compared since ${instant(since)}.`;
  if (differences.length === 0) return `No differences. ${compared}`;
  const kinds = [...new Set(differences.map(({ kind }) => kind))];
  const paragraphs = kinds.flatMap((kind) => {
    const held = differences.filter((difference) => difference.kind === kind);
    const told = held.slice(0, 1).map(({ cause, suggested_fix: fix }) => `${cause} ${fix}`);
    const lines = held.map((one) => `  ${one.customer_id}  since ${instant(one.since)}  ${one.details}`);
    return [`${kind} (${String(held.length)}): ${told.join('')}`, ...lines];
  });
  return [...paragraphs, ...(more ? ['There are more.'] : []), compared].map(plain).join('\n');
}

interface Given {
  readonly json?: boolean;
}

/** Where the records differ. */
export function addReconcileCommand(program: Command, { client, print }: CliDeps): void {
  program
    .command('reconcile [customer]')
    .description('where Postgres, Temporal and Stripe say different things: of one customer, or of all')
    .option('--json', 'for programs')
    .action(async (who: string | undefined, { json }: Given) => {
      const api = client();
      const shown = await api.differences(who === undefined ? undefined : await api.find(who));
      print(json ? JSON.stringify(shown) : differencesText(shown));
    });
}
