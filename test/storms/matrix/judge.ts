import { sql } from 'kysely';
import type Stripe from 'stripe';
import { connectTemporal } from '../../../infra/temporal/client.ts';
import type { Journey } from '../../e2e/support/journey.ts';
import { clientOf } from '../stripe.ts';
import type { Life } from './life.ts';

/** How often each thing happened in Stripe, and which mails came. */
export type Account = Readonly<Record<string, number>>;

/** Moving a test clock takes a number of steps that varies. */
const NOT_COUNTED = /advancing|test_clock\.ready/;

type Loose = Readonly<Record<string, unknown>>;

/** The customer of an event: by the name of a test clock, our id, or the Stripe customer it belongs to. */
function ownerOf(event: Stripe.Event, owners: ReadonlyMap<string, string>): string | undefined {
  const object = event.data.object as unknown as Loose;
  const { id, customer, name, metadata } = object;
  const said = [
    (metadata as Loose | null)?.['customer_id'],
    object['object'] === 'test_helpers.test_clock' ? name : null,
  ];
  const marked = said.find((text) => typeof text === 'string' && text.startsWith('cust_'));
  return (marked as string | undefined) ?? owners.get(String(customer ?? id));
}

async function events(journey: Journey): Promise<readonly Stripe.Event[]> {
  const all: Stripe.Event[] = [];
  for await (const event of clientOf(journey).events.list({ limit: 100 })) all.unshift(event);
  return all;
}

async function mails(journey: Journey): Promise<readonly (readonly [address: string, subject: string])[]> {
  const { emails } = (await (await fetch(`${journey.run.mail}/store`)).json()) as {
    emails: { subject: string; destination: { to: string[] } }[];
  };
  return emails.flatMap(({ subject, destination }) => destination.to.map((address) => [address, subject] as const));
}

/** Counts what has happened to each customer in Stripe and in their inbox. */
export async function accounts(journey: Journey, lives: readonly Life[]): Promise<ReadonlyMap<Life, Account>> {
  const [happened, sent] = [await events(journey), await mails(journey)];
  const owners = new Map<string, string>();
  const counts = new Map<string, Record<string, number>>();
  const count = (whose: string, what: string): void => {
    const account = counts.get(whose) ?? {};
    account[what] = (account[what] ?? 0) + 1;
    counts.set(whose, account);
  };
  for (const event of happened) {
    const owner = ownerOf(event, owners);
    if (owner === undefined) continue;
    if (event.type === 'customer.created') owners.set(event.data.object.id, owner);
    if (!NOT_COUNTED.test(event.type)) count(owner, event.type);
  }
  for (const [address, subject] of sent) count(address, `mail: ${subject}`);
  return new Map(lives.map((life) => [life, { ...counts.get(life.customerId), ...counts.get(life.email) }]));
}

/** The differences between an account and that of a life without a fault. */
export const against = (usual: Account, account: Account): string[] =>
  [...new Set([...Object.keys(usual), ...Object.keys(account)])]
    .filter((what) => usual[what] !== account[what])
    .map((what) => `${what}: ${String(account[what] ?? 0)}, not ${String(usual[what] ?? 0)}`);

const MUST_BE: Readonly<Record<string, readonly [what: string, times: number][]>> = {
  'pays in the trial': [
    ['customer.created', 1],
    ['customer.subscription.created', 1],
    ['payment_intent.succeeded', 2],
    ['refund.created', 1],
    ['customer.subscription.deleted', 1],
    ['customer.deleted', 1],
  ],
  'pays after the trial': [
    ['customer.created', 1],
    ['customer.subscription.created', 2],
    ['payment_intent.succeeded', 1],
    ['customer.subscription.deleted', 2],
    ['customer.deleted', 1],
  ],
};

/** What must be true of the life without a fault, so that the others can be compared with it. */
export const wrongOfUsual = (kind: string, usual: Account): string[] =>
  (MUST_BE[kind] ?? [])
    .filter(([what, times]) => usual[what] !== times)
    .map(([what, times]) => `${what}: ${String(usual[what] ?? 0)}, not ${String(times)}`);

const OVER = ['COMPLETED', 'CONTINUED_AS_NEW'];

/** Leftovers of lives that are over: alerts, workflows, databases. */
export async function leftovers(journey: Journey, lives: readonly Life[]): Promise<ReadonlyMap<Life, string[]>> {
  const { rows: alerts } = await sql<{ customerId: string | null; kind: string }>`
    select customer_id as "customerId", kind from alerts where resolved_at is null`.execute(journey.database);
  const { rows: databases } = await sql<{ datname: string }>`
    select datname from pg_database where datname like 'tenant_%'`.execute(journey.database);
  const runs = await workflows(journey);
  return new Map(
    lives.map((life) => {
      const { customerId, mark } = life;
      return [
        life,
        [
          ...alerts.filter((one) => one.customerId === customerId).map(({ kind }) => `open alert ${kind}`),
          ...runs
            .filter(({ id, status }) => id.includes(mark) && !OVER.includes(status))
            .map(({ id, type, status }) => `${type} ${id} is ${status}`),
          ...databases
            .filter(({ datname }) => datname.includes(mark.replaceAll('-', '_')))
            .map(() => 'a database is left'),
        ],
      ];
    }),
  );
}

async function workflows({ run }: Journey): Promise<{ id: string; type: string; status: string }[]> {
  const { connection, workflow } = await connectTemporal({
    ...{ address: run.temporalAddress, namespace: run.namespace, tls: false, apiKey: undefined },
  });
  try {
    const found = [];
    for await (const { workflowId: id, type, status } of workflow.list()) found.push({ id, type, status: status.name });
    return found;
  } finally {
    await connection.close();
  }
}
