import type { Command } from 'commander';
import { comparedText } from '../../workflows/domain/difference-meanings.ts';
import type { DifferencesShown } from './admin-client.ts';
import type { CliDeps } from './support-commands.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';
import { nameOf, toChange, toRead } from './which-customer.ts';

const instant = (text: string): string => text.slice(0, 19).replace('T', ' ');

const since = (text: string | null): string | null => text && instant(text);

/** Somebody who could not become a customer has no other record. */
const whose = ({ kind, customer_id: id }: DifferencesShown['differences'][number]): string =>
  `${id || 'no customer in particular'}${kind === 'identity_refused' ? ', no customer' : ''}`;

/** One paragraph for each kind, with the customers it holds. */
function differencesText({ differences, more, ...compared }: DifferencesShown): string {
  const last = [
    comparedText('Postgres and Temporal', since(compared.compared_since)),
    comparedText('Stripe', since(compared.stripe_compared_since)),
  ].join('\n');
  if (differences.length === 0) return `No differences that have lasted a minute.\n${last}`;
  const kinds = [...new Set(differences.map(({ kind }) => kind))];
  const paragraphs = kinds.flatMap((kind) => {
    const ofKind = differences.filter((difference) => difference.kind === kind);
    const advice = ofKind.slice(0, 1).map(({ cause, suggested_fix: fix }) => `${cause} ${fix}`);
    const lines = ofKind.map((one) => `  ${whose(one)}  since ${instant(one.since)}  ${one.details}`);
    return [`${kind} (${String(ofKind.length)}): ${advice.join('')}`, ...lines];
  });
  return [...paragraphs, ...(more ? ['There are more.'] : []), last].map(plain).join('\n');
}

interface Given {
  readonly mend?: boolean;
  readonly end?: boolean;
  readonly all?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

const HALF_AN_ORDER: readonly (readonly [(given: Given & { readonly who: string | undefined }) => boolean, string])[] =
  [
    [({ end, mend }) => end === true && mend !== true, '--end needs --mend.'],
    [({ all, end }) => all === true && end !== true, '--all needs --end.'],
    [({ all, who }) => all === true && who !== undefined, 'Name one customer or use --all, not both.'],
    [
      ({ end, all, who }) => end === true && all !== true && who === undefined,
      '--end needs a customer. For everybody in the list, add --all.',
    ],
    [({ mend, reason }) => mend === true && reason === undefined, '--mend needs --reason <text>.'],
  ];

/** Checked before anything is looked up: a half-understood request would be half carried out. */
function refuseIncompleteOptions(who: string | undefined, given: Given): void {
  const found = HALF_AN_ORDER.find(([isHalf]) => isHalf({ who, ...given }));
  if (found) throw new CliError(EXIT.usage, found[1]);
}

/** Mends one customer after the other, and reports each as soon as it is done. */
async function mendAll(
  { client, print }: CliDeps,
  customers: readonly string[],
  { end = false, reason = '', json }: Given,
): Promise<void> {
  let isLeft = false;
  for (const who of customers) {
    const customer = await toChange(client(), who);
    const { customerId: customer_id, companyName: company_name } = customer;
    const reply = await client().mend(customer_id, { reason, end });
    isLeft ||= reply.outcomes.some(({ mended }) => !mended);
    const lines = reply.outcomes.map(({ kind, mended, what }) =>
      plain(`  ${mended ? 'mended' : 'LEFT'}  ${kind}: ${what}`),
    );
    const shown = lines.length === 0 ? ['  nothing differs'] : lines;
    print(json ? JSON.stringify({ customer_id, company_name, ...reply }) : [nameOf(customer), ...shown].join('\n'));
  }
  if (isLeft) throw new CliError(EXIT.refused, 'Not everything was mended.');
}

/** Shows where the records differ, and mends them. */
export function addReconcileCommand(program: Command, deps: CliDeps): void {
  const { client, print } = deps;
  program
    .command('reconcile [customer]')
    .description(
      'shows where Postgres, Temporal and Stripe disagree about one customer or all of them; mends it with --mend',
    )
    .option('--mend', 'mend what differs; needs --reason')
    .option('--end', 'with --mend: also end things, such as the subscription of a customer who is not in Postgres')
    .option('--all', 'with --end: everybody in the list instead of one customer')
    .option('--reason <text>', 'why; kept in the audit trail')
    .option('--json', 'for programs')
    .action(async (who: string | undefined, given: Given) => {
      refuseIncompleteOptions(who, given);
      if (given.mend && who !== undefined) return mendAll(deps, [who], given);
      const shown = await client().differences(who === undefined ? undefined : await toRead(client(), who));
      print(given.json ? JSON.stringify(shown) : differencesText(shown));
      const all = [...new Set(shown.differences.map(({ customer_id: customer }) => customer))].filter(Boolean);
      return given.mend ? mendAll(deps, all, given) : undefined;
    });
}
