import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Journey } from '../e2e/support/journey.ts';
import { processesOf } from '../infra/local-platform/support/tenure.ts';
import { inStripe, stripeTotals } from './stripe.ts';
import { postUntilTold } from './until-told.ts';
import { isTransient } from '../../workflows/domain/failures.ts';
import { CORE_STEP_NAMES } from '../../workflows/domain/core-steps.ts';

/** What a visitor has after a signup was acknowledged. */
export interface Acknowledged {
  readonly customerId: string;
  readonly email: string;
}

const PASSWORD = 'Storm-Passw0rd';

/** Signs up like a browser that retries until it succeeds; after a lost answer that is "already registered". */
export async function signUpUntilTold(journey: Journey, company: string): Promise<Acknowledged> {
  const email = `${company.toLowerCase().replaceAll(/\W+/g, '-')}.${randomUUID().slice(0, 8)}@storm.example`;
  const body = { email, password: PASSWORD, company_name: company };
  const reply = await postUntilTold(journey, '/api/customers/signup', body);
  if (reply.status === 409) return { email, customerId: await customerOf(journey, email) };
  if (!reply.ok) throw new Error(`signup: ${String(reply.status)} ${await reply.text()}`);
  const { customer } = (await reply.json()) as { customer: { customer_id: string } };
  return { email, customerId: customer.customer_id };
}

const customerOf = async ({ database }: Journey, email: string): Promise<string> =>
  (await database.selectFrom('customers').select('customerId').where('email', '=', email).executeTakeFirstOrThrow())
    .customerId;

export interface Alive {
  readonly pid: number;
  readonly kind: string;
}

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['supervisor', /local-platform\/start\.ts/],
  ['api', /api\/server\.ts/],
  ['lifecycle-worker', /lifecycle-worker\.ts/],
  ['provisioning-worker', /provisioning-worker\.ts/],
  ['runner', /tenant-stacks\/run\.ts/],
  ['provider', /pulumi-resource|provider/],
  ['pulumi', /pulumi/],
  ['gateway', /gateway\/main\.ts/],
  ['instance', /instance\/main\.ts/],
  ['stripe', /stripe\/main\.ts/],
  ['mail', /mail\/main\.ts/],
  ['temporal', /temporal.* server/],
  ['postgres', /postgres.* -D/],
  ['postgres session', /^postgres: /],
];

const STATE = { parent: 1 } as const;
/** The ids of all processes and of their parents. */
function parents(): ReadonlyMap<number, number> {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return new Map(
    pids.flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [[Number(pid), Number(fields[STATE.parent])] as const];
      } catch {
        return [];
      }
    }),
  );
}

/** Processes with the mark of the state folder, those noted by the supervisor, and all their descendants. */
function ofArrangement(home: string): ReadonlySet<number> {
  const noted = JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as Record<string, { pid: number }>;
  const found = new Set([...processesOf(home), ...Object.values(noted).map(({ pid }) => pid)]);
  const all = parents();
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const [pid, parent] of all) if (found.has(parent)) found.add(pid);
  }
  return found;
}

/** The processes of `npm start` by kind, except the supervisor. */
export function partsAlive(home: string): readonly Alive[] {
  return [...ofArrangement(home)].flatMap((pid) => {
    const command = commandOf(pid);
    const kind = KINDS.find(([, pattern]) => pattern.test(command))?.[0];
    return kind === undefined || kind === 'supervisor' ? [] : [{ pid, kind }];
  });
}

const among = <T>(things: readonly T[]): T | undefined => things[Math.floor(Math.random() * things.length)];

/** Ends one process, of a kind chosen first: there are many instances and one API. */
export function killOne(home: string): string | undefined {
  const alive = partsAlive(home);
  const kind = among([...new Set(alive.map((part) => part.kind))]);
  const victim = among(alive.filter((part) => part.kind === kind));
  if (!victim) return undefined;
  try {
    process.kill(victim.pid, 'SIGKILL');
  } catch {
    return undefined;
  }
  return victim.kind;
}

export interface Fate {
  readonly customerId: string;
  readonly outcome: 'ready' | 'needs a person' | 'not at rest';
  readonly wrong: readonly string[];
}

type Row = Awaited<ReturnType<Journey['world']['customer']>>;

async function outcomeOf(journey: Journey, row: Row): Promise<Fate['outcome']> {
  if (row.phase === 'trial') return 'ready';
  if (row.attention === null) return 'not at rest';
  const { rows } = await sql<{ type: string | null }>`select error_type as type from onboarding_steps
    where customer_id = ${row.customerId} and state in ('failed', 'undo_failed')`.execute(journey.database);
  const types = rows.map(({ type }) => type ?? 'Unknown');
  return types.length > 0 && types.every((type) => !isTransient(type) && type !== 'Unknown')
    ? 'needs a person'
    : 'not at rest';
}

const ONCE = [
  ['welcome', 'Welcome to Tenure'],
  ['ready', 'Your instance is ready'],
] as const;

async function mailsWrong(journey: Journey, { customerId, email }: Acknowledged): Promise<string[]> {
  const inbox = await journey.world.inbox(email);
  const { rows } = await sql<{ template: string; state: string }>`
    select template, state from emails where customer_id = ${customerId}`.execute(journey.database);
  const alerts = await sql<{ kind: string }>`select kind from alerts where customer_id = ${customerId}`.execute(
    journey.database,
  );
  return ONCE.flatMap(([template, subject]) => {
    const times = inbox.filter((one) => one === subject).length;
    const unknown = rows.some((row) => row.template === template && row.state === 'unknown');
    if (times === 1) return unknown ? [`(told) ${template}: its answer was lost, it came`] : [];
    if (times === 0 && unknown && alerts.rows.length > 0)
      return [`(told) ${template}: its answer was lost, it did not come`];
    return [
      `${template}: ${String(times)} in the inbox, ${rows.map(({ template: t, state }) => `${t} ${state}`).join(', ')}`,
    ];
  });
}

/** A customer's phase, and everything that is not as it should be. Support knows about lines with "(told)". */
export async function fateOf(journey: Journey, visitor: Acknowledged): Promise<Fate> {
  const { customerId } = visitor;
  const row = await journey.world.customer(customerId);
  const outcome = await outcomeOf(journey, row);
  if (outcome !== 'ready') return { customerId, outcome, wrong: [] };
  const wrong = await mailsWrong(journey, visitor);
  const [state, shown] = [await journey.statusOf(customerId), await journey.support.show(customerId)];
  for (const step of CORE_STEP_NAMES) {
    const newest = shown.steps.filter((one) => one.step === step).sort((a, b) => b.epoch - a.epoch)[0];
    if (newest?.state !== state.steps[step]?.state) wrong.push(`${step}: ${String(newest?.state)} in the ledger`);
  }
  const { customers, live } = await inStripe(journey, customerId);
  if (customers !== 1 || live !== 1) wrong.push(`in Stripe: ${String(customers)} customers, ${String(live)} live`);
  if (!(await journey.world.databaseExists(customerId))) wrong.push('no database');
  const answer = await journey.health(row.slug ?? '').catch((error: unknown) => String(error));
  if (typeof answer === 'string') wrong.push(`instance: ${answer}`);
  return { customerId, outcome, wrong };
}

/** Leftovers that belong to nobody: folders, databases, Stripe customers and subscriptions, locks and leases. */
export async function orphans(journey: Journey, customers: number): Promise<string[]> {
  const found: string[] = [];
  const folders = await readdir(join(journey.home, 'tenants')).catch(() => [] as string[]);
  const { rows: databases } = await sql`select 1 from pg_database where datname like 'tenant_%'`.execute(
    journey.database,
  );
  const stripe = await stripeTotals(journey);
  const count = { folders: folders.length, databases: databases.length, ...stripe };
  for (const [what, number] of Object.entries(count))
    if (number !== customers) found.push(`${String(number)} ${what} for ${String(customers)} customers`);
  const running = partsAlive(journey.home).filter(({ kind }) => ['runner', 'pulumi', 'provider'].includes(kind));
  if (running.length > 0) found.push(`still running: ${running.map(({ kind }) => kind).join(', ')}`);
  const locks = join(journey.home, 'pulumi', '.pulumi', 'locks');
  if (existsSync(locks)) {
    const left = (await readdir(locks, { recursive: true })).filter((name) => name.endsWith('.json'));
    if (left.length > 0) found.push(`locks: ${left.join(', ')}`);
  }
  return found;
}
