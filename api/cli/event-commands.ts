import type { Command } from 'commander';
import { isForeignId } from '../../infra/input/ids.ts';
import type { AdminClient, EventShown, EventsShown } from './admin-client.ts';
import type { CliDeps } from './support-commands.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';
import { table } from './print.ts';
import { KEY, instant } from './typed.ts';
import { toRead } from './which-customer.ts';

const second = (at: string): string => at.slice(0, 19).replace('T', ' ');

function listText({ events, next_cursor: next }: EventsShown): string {
  if (events.length === 0) return 'No events.';
  const rows = events.map((event) => [
    second(event.received_at),
    event.event_id,
    event.type,
    event.customer_id ?? event.stripe_customer_id,
    event.state,
    event.attempts,
    event.reason ?? event.last_error,
  ]);
  const heads = ['received', 'event', 'type', 'customer', 'state', 'tries', 'reason'];
  return table(heads, rows) + (next === null ? '' : `\nMore: --cursor ${plain(next)}`);
}

const eventText = (event: EventShown): string =>
  [
    `${event.event_id}  ${event.type}  ${event.state}`,
    event.what_happened,
    `customer: ${event.customer_id ?? event.stripe_customer_id ?? 'nobody'}`,
    `object: ${event.object_id ?? 'none'}`,
    `received: ${second(event.received_at)}, tries: ${String(event.attempts)}`,
    ...(event.redrive_refused === null ? [] : [`redelivering it would have no effect: ${event.redrive_refused}`]),
    ...event.redrives.map(({ at, actor, reason }) => `redelivered ${second(at)} by ${actor}: ${reason ?? ''}`),
  ]
    .map(plain)
    .join('\n');

interface Given {
  readonly type?: string;
  readonly state?: string;
  readonly customer?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** Its id would be a part of an address. */
function eventId(text: string): string {
  if (isForeignId(text)) return text;
  throw new CliError(EXIT.usage, `"${plain(text)}" is not the id of an event, like evt_1Q2w3E4r5T6y.`);
}

const ownerOf = (client: AdminClient, who: string): Promise<string> | string =>
  who.startsWith('cus_') ? who : toRead(client, who);

async function listed(client: AdminClient, given: Omit<Given, 'json'>): Promise<EventsShown> {
  const { customer, since, until, ...filter } = given;
  return client.events({
    ...filter,
    customer: customer === undefined ? undefined : await ownerOf(client, customer),
    since: since && instant(since),
    until: until && instant(until),
  });
}

/** What became of the events that Stripe sent, and how one is redelivered. */
export function addEventCommands(program: Command, { client, print }: CliDeps): void {
  const show = (event: EventShown, json = false): void => {
    print(json ? JSON.stringify(event) : eventText(event));
  };
  program
    .command('events [event]')
    .description('Stripe events, newest first; or one event in full')
    .option('--type <type>', 'only of this type, or of types that begin with this')
    .option('--state <state>', 'received, done, parked or ignored')
    .option('--customer <customer>', "only of this customer; Stripe's id does too")
    .option('--since <date>', 'received at or after this time')
    .option('--until <date>', 'received before')
    .option('--limit <n>', '1 to 100')
    .option('--cursor <cursor>', 'the next page')
    .option('--json', 'for programs')
    .action(async (id: string | undefined, { json, ...given }: Given) => {
      if (id !== undefined) {
        show(await client().event(eventId(id)), json);
        return;
      }
      const events = await listed(client(), given);
      print(json ? JSON.stringify(events) : listText(events));
    });
  program
    .command('redrive <event>')
    .description("redeliver a Stripe event to its customer's workflow")
    .requiredOption('--reason <text>', 'why; kept in the audit trail')
    .option(...KEY)
    .option('--json', 'for programs')
    .action(async (id: string, { reason, key, json }: { reason: string; key?: string; json?: boolean }) => {
      show(await client().redrive(eventId(id), { reason }, key), json);
    });
}
