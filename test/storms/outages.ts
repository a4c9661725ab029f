import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { Journey } from '../e2e/support/journey.ts';
import { isSettled, untilAtRest } from './rest.ts';
import { partsAlive, signUpUntilTold, type Acknowledged } from './support.ts';
import { postUntilTold } from './until-told.ts';

/*
 * `npm start`, with one part after the other down for ten minutes while customers sign up, one asks for more trial days
 * and one to be erased. Nobody replays anything. Exits with 0 when all has recovered automatically two minutes after
 * the part is back, and support got one mail about each outage:
 *   npm run outages -- [--services mail,stripe,temporal,postgres] [--minutes 10] [--signups 10] [--how hung|dead]
 */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  mail: ['mail'],
  stripe: ['stripe'],
  temporal: ['temporal'],
  postgres: ['postgres', 'postgres session'],
};
const { values } = parseArgs({
  options: {
    services: { type: 'string', default: Object.keys(PARTS).join(',') },
    minutes: { type: 'string', default: '10' },
    signups: { type: 'string', default: '10' },
    how: { type: 'string', default: 'hung' },
  },
});
const MINUTE_MS = 60_000;
const LENGTH_MS = Number(values.minutes) * MINUTE_MS;
const WELL_WITHIN_MS = 2 * MINUTE_MS;
const EXTENSION_DAYS = 3;

const pidsOf = (journey: Journey, service: string): readonly number[] =>
  partsAlive(journey.home).flatMap(({ pid, kind }) => (PARTS[service]?.includes(kind) === true ? [pid] : []));

const send = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids)
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended on its own.
    }
};

type Away = (journey: Journey, service: string) => Promise<void>;
const HOW: Readonly<Record<string, Away>> = {
  /** Accepts connections and never answers. */
  hung: async (journey, service) => {
    const pids = pidsOf(journey, service);
    send(pids, 'SIGSTOP');
    await delay(LENGTH_MS);
    send(pids, 'SIGCONT');
  },
  /** Ends as soon as it is started again. */
  dead: async (journey, service) => {
    const end = Date.now() + LENGTH_MS;
    while (Date.now() < end) {
      send(pidsOf(journey, service), 'SIGKILL');
      await delay(200);
    }
  },
};

const ORDERS = {
  'extend-trial': () => ({ days: EXTENSION_DAYS }),
  erase: (customerId: string) => ({ confirm: customerId }),
} as const;

interface Ordered extends Acknowledged {
  readonly command: keyof typeof ORDERS;
  readonly trialEndsAt: Date | null;
}

async function order(journey: Journey, { customerId, command }: Ordered): Promise<string> {
  const reply = await postUntilTold(
    journey,
    `/api/admin/customers/${customerId}/${command}`,
    { reason: 'an outage', ...ORDERS[command](customerId) },
    { authorization: `Bearer ${journey.run.staffToken}`, 'idempotency-key': randomUUID() },
  );
  return `${command} ${String(reply.status)}${reply.ok ? '' : ` ${await reply.text()}`}`;
}

/** Everything that differs from what was ordered. */
async function notCarriedOut(journey: Journey, { customerId, command, trialEndsAt }: Ordered): Promise<string[]> {
  const row = await journey.world.customer(customerId);
  if (command === 'erase') return row.phase === 'ended' ? [] : [`erase: in ${row.phase}`];
  const days = ((row.trialEndsAt?.getTime() ?? 0) - (trialEndsAt?.getTime() ?? 0)) / (24 * 60 * MINUTE_MS);
  return Math.abs(days - EXTENSION_DAYS) < 0.01 ? [] : [`extension: ${String(days)} days`];
}

async function untilCarriedOut(journey: Journey, orders: readonly Ordered[], deadline: number): Promise<string[]> {
  for (;;) {
    const wrong = (await Promise.all(orders.map((one) => notCarriedOut(journey, one)))).flat();
    if (wrong.length === 0 || Date.now() > deadline) return wrong;
    await delay(1_000);
  }
}

const SUPPORT = 'support@tenure.example';

async function told(journey: Journey): Promise<object> {
  const { rows: outages } = await sql<{ waitsFor: string; open: boolean; alerted: boolean; customers: number }>`
    select waits_for, resolved_at is null as open, alerted_at is not null as alerted, customers
    from outages order by since`.execute(journey.database);
  const { rows: alerts } = await sql<{ kind: string }>`
    select kind from alerts where resolved_at is null`.execute(journey.database);
  return { outages, openAlerts: alerts.map(({ kind }) => kind) };
}

async function tryWithout(service: string): Promise<boolean> {
  const journey = new Journey();
  await journey.start({ SUPPORT_EMAIL: SUPPORT });
  try {
    const before = await Promise.all(
      (['extend-trial', 'erase'] as const).map(async (command): Promise<Ordered> => {
        const { customerId, email } = await journey.inTrial(`Before ${command}`);
        const { trialEndsAt } = await journey.world.customer(customerId);
        return { customerId, email, command, trialEndsAt };
      }),
    );
    const visitors: Acknowledged[] = before.filter(({ command }) => command === 'extend-trial');
    const signups = Number(values.signups);
    const answers: string[] = [];
    const duringIt = Array.from({ length: signups }, async (_, index) => {
      await delay((LENGTH_MS * (index + 0.5)) / signups);
      visitors.push(await signUpUntilTold(journey, `Without ${service} ${String(index)}`));
    });
    const ordered = before.map(async (one) => {
      await delay(LENGTH_MS / 4);
      answers.push(await order(journey, one));
    });
    await HOW[values.how]?.(journey, service);
    const back = Date.now();
    await Promise.race([Promise.all([...duringIt, ...ordered]), delay(WELL_WITHIN_MS)]);
    const wrong = await untilCarriedOut(journey, before, back + WELL_WITHIN_MS);
    const { fates, left, settled } = await untilAtRest(journey, visitors, back + WELL_WITHIN_MS - Date.now());
    const mailsToSupport = await journey.world.inbox(SUPPORT);
    console.log({
      ...{ service, how: values.how, minutes: LENGTH_MS / MINUTE_MS, signups: visitors.length - 1, answers },
      ...{ ready: fates.filter(({ outcome }) => outcome === 'ready').length, wrong, left },
      secondsToBeWell: Math.round((Date.now() - back) / 1_000),
      ...(await told(journey)),
      mailsToSupport,
    });
    for (const fate of fates.filter((one) => !isSettled(one))) console.log(JSON.stringify(fate));
    const toldOnce = new Set(mailsToSupport).size === mailsToSupport.length;
    return settled && toldOnce && wrong.length === 0 && visitors.length === signups + 1;
  } finally {
    await journey.stop();
  }
}

for (const service of values.services.split(',')) if (!(await tryWithout(service))) process.exitCode = 1;
