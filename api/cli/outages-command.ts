import type { Command } from 'commander';
import type { AdminClient } from './admin-client.ts';
import type { CliDeps } from './support-commands.ts';
import { plain } from './plain.ts';

type Shown = Awaited<ReturnType<AdminClient['outages']>>['outages'][number];

const second = (at: string | null): string => at?.slice(0, 19).replace('T', ' ') ?? 'not known';

function openText(outage: Shown): string[] {
  const { waits_for: what, since, cause, suggested_fix: fix, customers_now: held, attempts } = outage;
  return [
    `waiting for ${what} since ${second(since)}: ${cause} ${fix}`,
    `  customers held up: ${String(held)}, tries: ${String(attempts)}, next try: ${second(outage.next_try_at)}`,
    ...outage.held_up.map(
      (one) =>
        `  ${one.customer_id}  since ${second(one.since)}, tries: ${String(one.attempts)}, next: ${second(one.next_try_at)}`,
    ),
  ];
}

function outagesText(outages: readonly Shown[]): string {
  const now = outages.filter(({ ended_at: ended }) => ended === null).flatMap(openText);
  const over = outages.flatMap(({ waits_for: what, since, ended_at: ended }) =>
    ended === null ? [] : [`over: ${what}, ${second(since)} to ${second(ended)}`],
  );
  return [...(now.length === 0 ? ['No outages: nothing has been unavailable for two minutes or more.'] : now), ...over]
    .map(plain)
    .join('\n');
}

/** What Tenure is waiting for. */
export function addOutagesCommand(program: Command, { client, print }: CliDeps): void {
  program
    .command('outages')
    .description(
      'services that have not responded for two minutes or more, the customers waiting for them, the next try; recent outages',
    )
    .option('--json', 'for programs')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const shown = await client().outages();
      print(json ? JSON.stringify(shown) : outagesText(shown.outages));
    });
}
