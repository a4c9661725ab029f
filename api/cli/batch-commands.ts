import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { CliDeps } from './support-commands.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';
import { decimal, instant, whole } from './typed.ts';
import { nameOf, toChange } from './which-customer.ts';

interface BatchOptions {
  readonly step?: string;
  readonly errorType?: string;
  readonly since?: string;
  readonly concurrency: string;
  readonly maxFailureRate: string;
  readonly reason: string;
  readonly json?: boolean;
}

const LOOK_EVERY_MS = 500;

type Counts = Readonly<Record<string, number>>;
const counted = (counts: Counts): string =>
  Object.entries(counts)
    .map(([state, count]) => `${String(count)} ${state}`)
    .join(', ');

const ORDERS = ['pause', 'resume', 'cancel'] as const;

function looks(program: Command, { client, print }: CliDeps): void {
  program
    .command('batches')
    .description('batches of replays, the newest first')
    .option('--json', 'for programs')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const reply = await client().batches();
      const lines = reply.batches.map(({ batch_id, state, created_at, counts, reason }) =>
        plain(`${batch_id}  ${created_at.slice(0, 19)}  ${state.padEnd(9)}  ${counted(counts)}  (${reason})`),
      );
      print(json ? JSON.stringify(reply) : lines.join('\n') || 'No batches.');
    });
  for (const order of ORDERS)
    program
      .command(`${order}-batch <batch>`)
      .description(`${order} a batch of replays`)
      .option('--json', 'for programs')
      .action(async (batch: string, { json }: { readonly json?: boolean }) => {
        const reply = await client().orderBatch(batch, order);
        print(json ? JSON.stringify(reply) : `${order}: accepted`);
      });
}

/** Replays of many customers; ends when the batch does, with exit code 1 unless every one was replayed. */
export function addBatchCommands(program: Command, deps: CliDeps): void {
  looks(program, deps);
  const { client, print } = deps;
  program
    .command('replay-batch [customers...]')
    .description('run many failed onboardings again, and wait for the results')
    .option('--step <step>', 'only those that failed at this step')
    .option('--error-type <type>', 'only failures of this type')
    .option('--since <date>', 'only those parked since this time')
    .option('--concurrency <n>', 'how many at the same time', '5')
    .option('--max-failure-rate <part>', 'stop when more than this share fails', '0.5')
    .requiredOption('--reason <text>', 'why; kept in the audit trail')
    .option('--json', 'for programs')
    .action(async (who: readonly string[], options: BatchOptions) => {
      const named = await Promise.all(who.map((one) => toChange(client(), one)));
      const customer_ids = named.map(({ customerId }) => customerId);
      const { batch_id, customers } = await client().startBatch({
        ...(customer_ids.length > 0 && { customer_ids }),
        ...(options.step !== undefined && { failed_step: options.step }),
        ...(options.errorType !== undefined && { error_type: options.errorType }),
        ...(options.since !== undefined && { since: instant(options.since) }),
        concurrency: whole('--concurrency', options.concurrency),
        max_failure_rate: decimal(options.maxFailureRate),
        reason: options.reason,
      });
      let batch = await client().batch(batch_id);
      while (batch.ended_at === null) {
        await sleep(LOOK_EVERY_MS);
        batch = await client().batch(batch_id);
      }
      const lines = [`batch ${batch_id} is ${batch.state}: ${counted(batch.counts)}`, ...named.map(nameOf)];
      print(options.json ? JSON.stringify(batch) : lines.join('\n  '));
      if (batch.counts['replayed'] !== customers)
        throw new CliError(EXIT.refused, 'Not every customer was replayed; the results say why.');
    });
}
