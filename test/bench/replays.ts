import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { Journey } from '../e2e/support/journey.ts';

/*
 * Measures what support waits for, on everything that `npm start` runs:
 *   npm run bench -- [--customers 500] [--replays 30] [--listed 10000]
 * Ratios come from arms of one run, because machines differ; the machine should have nothing else to do.
 */
const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '500' },
    replays: { type: 'string', default: '30' },
    listed: { type: 'string', default: '10000' },
  },
});
const [customers, replays, listed] = [Number(values.customers), Number(values.replays), Number(values.listed)];
const CONCURRENCY = 20;

const journey = new Journey();

const quantile = (figures: readonly number[], part: number): number =>
  [...figures].sort((one, other) => one - other)[Math.floor(figures.length * part)] ?? Number.NaN;
const spread = (figures: readonly number[]): string =>
  `p50 ${quantile(figures, 0.5).toFixed(0)} ms, p95 ${quantile(figures, 0.95).toFixed(0)} ms (${String(figures.length)} times)`;

const fault = (method: 'POST' | 'DELETE'): Promise<Response> =>
  fetch(`${journey.run.stripe}/_control/faults`, {
    method,
    ...(method === 'POST' && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ match: 'POST /v1/subscriptions', mode: 'error', status: 400, times: 1_000_000 }),
    }),
  });

let askedAgain = 0;

/** Asks again, as the reply says, while the outcome is not known yet: bare updates outrun the workers. */
async function admin<T>(method: string, path: string, body?: object, key: string = randomUUID()): Promise<T> {
  const reply = await fetch(`${journey.run.api}/api/admin/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${journey.run.staffToken}`,
      ...(body && { 'content-type': 'application/json', 'idempotency-key': key }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (reply.status === 504) {
    askedAgain += 1;
    return admin(method, path, body, key);
  }
  if (!reply.ok) throw new Error(`${method} ${path}: ${String(reply.status)} ${await reply.text()}`);
  return (await reply.json()) as T;
}

async function eachOf<T, R>(things: readonly T[], work: (thing: T) => Promise<R>, lanes = CONCURRENCY): Promise<R[]> {
  const results: R[] = [];
  const queue = [...things];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let thing = queue.shift(); thing !== undefined; thing = queue.shift()) results.push(await work(thing));
    }),
  );
  return results;
}

const count = async (where: ReturnType<typeof sql<boolean>>, ids: readonly string[]): Promise<number> => {
  const { rows } = await sql<{ count: string }>`select count(*) from customers
    where customer_id = any(${ids}) and ${where}`.execute(journey.database);
  return Number(rows[0]?.count);
};

async function until(what: string, ids: readonly string[], where: ReturnType<typeof sql<boolean>>): Promise<void> {
  const deadline = Date.now() + 900_000;
  while ((await count(where, ids)) < ids.length) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Customers without an instance, whom an outage of Stripe parks: Pulumi is not part of the measurement. */
async function parked(number: number): Promise<string[]> {
  await fault('POST');
  const companies = Array.from({ length: number }, (_, index) => `Bench ${String(index)} ${randomUUID().slice(0, 8)}`);
  const ids = await eachOf(companies, async (company) => {
    const email = `${company.toLowerCase().replaceAll(' ', '.')}@bench.example`;
    const body = { email, company_name: company, skip_provisioning: true, reason: 'bench' };
    const { customer_id } = await admin<{ customer_id: string }>('POST', 'customers', body);
    return customer_id;
  });
  await until('all parked', ids, sql<boolean>`attention = 'trialSubscription' and standing = 'failed'`);
  await fault('DELETE');
  return ids;
}

const inTrial = sql<boolean>`phase = 'trial'`;

async function replayToFirstStep(): Promise<void> {
  const ids = await parked(replays);
  const fromRequest: number[] = [];
  const fromAcceptance: number[] = [];
  for (const id of ids) {
    const asked = Date.now();
    await admin('POST', `customers/${id}/replay`, { reason: 'bench' });
    const accepted = Date.now();
    await until('the trial', [id], inTrial);
    const { rows } = await sql<{ at: Date }>`select started_at as at from onboarding_step_attempts
      where customer_id = ${id} and epoch = 2 order by started_at limit 1`.execute(journey.database);
    const began = rows[0]?.at.getTime() ?? Number.NaN;
    fromRequest.push(began - asked);
    fromAcceptance.push(Math.max(0, began - accepted));
  }
  console.log(`replay asked for -> first step running: ${spread(fromRequest)}`);
  console.log(`replay accepted -> first step running: ${spread(fromAcceptance)}`);
}

async function batchAgainstUpdates(): Promise<void> {
  const [bare, batched] = [await parked(customers), await parked(customers)];
  askedAgain = 0;
  const updatesBegan = Date.now();
  await eachOf(bare, (id) => admin('POST', `customers/${id}/replay`, { reason: 'bench' }));
  const updates = (Date.now() - updatesBegan) / 1_000;
  await until('the trials', bare, inTrial);
  const settled = (Date.now() - updatesBegan) / 1_000;

  const batchBegan = Date.now();
  const body = { customer_ids: batched, concurrency: CONCURRENCY, reason: 'bench' };
  const { batch_id } = await admin<{ batch_id: string }>('POST', 'replay-batches', body);
  for (;;) {
    const { ended_at } = await admin<{ ended_at: string | null }>('GET', `replay-batches/${batch_id}`);
    if (ended_at !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const batch = (Date.now() - batchBegan) / 1_000;
  const { counts } = await admin<{ counts: Record<string, number> }>('GET', `replay-batches/${batch_id}`);
  const rate = (seconds: number): string => `${(customers / seconds).toFixed(1)} customers/s`;
  console.log(
    `batch of ${String(customers)}, ${String(CONCURRENCY)} at a time, to its end: ${rate(batch)} ${JSON.stringify(counts)}`,
  );
  console.log(
    `${String(customers)} bare updates, ${String(CONCURRENCY)} at a time: accepted ${rate(updates)} (${String(askedAgain)} asked again), all in trial ${rate(settled)}`,
  );
  console.log(`ratio batch / bare updates until all are in trial: ${(batch / settled).toFixed(2)}`);
}

async function listOf(rows: number): Promise<void> {
  await sql`insert into customers
      (customer_id, email, email_norm, company_name, slug, profile, plan, terms, phase, attention, created_at, workflow_started_at)
    select 'cust_' || gen_random_uuid(), 'listed' || n || '@bench.example', 'listed' || n || '@bench.example',
      'Listed ' || n, 'listed-' || n, profile, plan, terms, 'trial', case when n % 50 = 0 then 'readyMail' end,
      now() - n * interval '1 minute', now()
    from customers, generate_series(1, ${rows}) n where customer_id = (select min(customer_id) from customers)`.execute(
    journey.database,
  );
  await sql`analyze customers`.execute(journey.database);
  const queries = { first: 'limit=25', attention: 'attention=any', phase: 'phase=trial', search: 'q=listed+4711' };
  for (const [name, query] of Object.entries(queries)) {
    const figures: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 30; page += 1) {
      const began = performance.now();
      const path: string = `customers?${query}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      ({ next_cursor: cursor } = await admin<{ next_cursor: string | null }>('GET', path));
      figures.push(performance.now() - began);
    }
    console.log(`list of ${String(rows)} customers, ${name}, page after page, HTTP included: ${spread(figures)}`);
  }
}

try {
  await journey.start({ LOG_LEVEL: 'warn' });
  await replayToFirstStep();
  await listOf(listed);
  await batchAgainstUpdates();
} finally {
  await journey.stop();
}
