import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Visitor } from '../../api/demo/visitor.ts';
import { eventually } from '../support/eventually.ts';
import { Journey } from './support/journey.ts';

const journey = new Journey();
beforeAll(() => journey.start());
afterAll(() => journey.stop());

interface Progress {
  readonly resource: string;
  readonly state: string;
}

/** Resources that the engine has reported as created, and those under way. */
async function madeAndUnderWay(customerId: string): Promise<readonly [number, number]> {
  const row = await journey.database
    .selectFrom('stacks')
    .select('progress')
    .where('customerId', '=', customerId)
    .executeTakeFirst();
  const progress = (row?.progress ?? []) as unknown as Progress[];
  const made = progress.filter(({ state }) => state === 'created').length;
  return [made, progress.length - made];
}

function lockIsHeld(customerId: string): boolean {
  const locks = join(journey.home, 'pulumi', '.pulumi', 'locks');
  const mark = customerId.slice('cust_'.length);
  return (
    existsSync(locks) &&
    readdirSync(locks, { recursive: true }).some(
      (file) => String(file).includes(mark) && String(file).endsWith('.json'),
    )
  );
}

async function madeOnce({ customerId }: Visitor): Promise<void> {
  const { stripeCustomerId } = await journey.world.customer(customerId);
  const created = (path: string) => async () => {
    const requests = await journey.stripeRequests();
    return new Set(
      requests
        .filter(({ method, path: at, key }) => method === 'POST' && at === path && key?.startsWith(customerId))
        .map(({ key }) => key),
    ).size;
  };
  expect(await created('/v1/customers')()).toBe(1);
  expect(await created('/v1/subscriptions')()).toBe(1);
  expect(stripeCustomerId).not.toBeNull();
  const name = `tenant_${customerId.slice('cust_'.length).replaceAll('-', '_')}`;
  const roles = await sql`select 1 from pg_roles where rolname = ${name}`.execute(journey.database);
  expect(roles.rows).toHaveLength(1);
  expect(await journey.world.databaseExists(customerId)).toBe(true);
}

it('the provisioning worker is killed -9 in mid-stack, with the lock held: the stack is finished, nothing is made twice', async () => {
  const visitor = await journey.signUp('Kay Kites');
  await eventually('a stack half made', async () => {
    const [made, underWay] = await madeAndUnderWay(visitor.customerId);
    return made > 0 && underWay > 0 && lockIsHeld(visitor.customerId) ? true : undefined;
  });
  journey.kill('provisioning-worker');
  await journey.until(visitor, ({ phase }) => phase === 'trial', 'the trial');
  await madeOnce(visitor);
  expect(
    (await journey.world.inbox(visitor.email)).filter((subject) => subject === 'Your instance is ready'),
  ).toHaveLength(1);
});

it('the lifecycle worker is killed -9 in the middle of an onboarding: it goes on, and nothing is made twice', async () => {
  const visitor = await journey.signUp('Lou Lamps');
  await eventually('Stripe', async () =>
    (await journey.world.customer(visitor.customerId)).stripeCustomerId === null ? undefined : true,
  );
  journey.kill('lifecycle-worker');
  await journey.until(visitor, ({ phase }) => phase === 'trial', 'the trial');
  await madeOnce(visitor);
  const mails = await journey.world.inbox(visitor.email);
  expect(mails).toContain('Your instance is ready');
  expect(new Set(mails).size).toBe(mails.length);
  // After a kill within the call itself nobody can know whether the mail was sent, and that is recorded.
  const { state } = await journey.database
    .selectFrom('emails')
    .select('state')
    .where('customerId', '=', visitor.customerId)
    .where('template', '=', 'welcome')
    .executeTakeFirstOrThrow();
  expect(mails.includes('Welcome to Tenure') ? ['sent', 'unknown'] : ['unknown']).toContain(state);
});

it('a signup whose process died before the workflow was started is swept', async () => {
  const visitor = await journey.signUp('Moe Maps');
  await journey.until(visitor, ({ phase }) => phase === 'trial', 'the trial');
  // The row that a signup leaves when the API dies between its commit and the start.
  const customerId = visitor.customerId.replace(/.{4}$/, '0000');
  await sql`insert into customers (customer_id, email, email_norm, company_name, slug, profile, plan, terms, trial_ends_at)
    select ${customerId}, 'swept@demo.example', 'swept@demo.example', 'Swept', 'swept', profile, plan, terms, trial_ends_at
    from customers where customer_id = ${visitor.customerId}`.execute(journey.database);
  await eventually('the sweeper', async () => {
    const { workflowStartedAt } = await journey.world.customer(customerId);
    return workflowStartedAt ?? undefined;
  });
  expect((await journey.runsOf(customerId))[0]).toBe('onboarding');
});

it('parked because Stripe refused, a batch replays them all; nobody has two subscriptions', async () => {
  const faults = `${journey.run.stripe}/_control/faults`;
  const fault = { match: 'POST /v1/subscriptions', mode: 'error', status: 400, times: 100 };
  await fetch(faults, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) });
  const visitors = await Promise.all(['Ned Nets', 'Oda Oars', 'Pia Pipes'].map((company) => journey.signUp(company)));
  for (const visitor of visitors)
    await journey.until(visitor, ({ attention }) => attention === 'trialSubscription', 'the customer to be parked');
  await fetch(faults, { method: 'DELETE' });
  const batch = spawnSync(
    process.execPath,
    [
      'api/cli/main.ts',
      'replay-batch',
      ...visitors.map(({ customerId }) => customerId),
      '--step',
      'trialSubscription',
      '--reason',
      'Stripe works again',
      '--json',
    ],
    { env: { PATH: '/usr/bin:/bin', TENURE_HOME: journey.home }, encoding: 'utf8', timeout: 90_000 },
  );
  // The whole reply, so that a failure of this test shows what happened to each customer.
  const result = JSON.parse(batch.stdout) as { readonly results: readonly unknown[] };
  expect(result).toMatchObject({
    state: 'done',
    counts: { replayed: 3 },
    results: Array(3).fill({ error_type: null }),
  });
  expect(batch.status).toBe(0);
  for (const visitor of visitors) {
    await journey.until(visitor, ({ phase }) => phase === 'trial', 'the trial');
    const { stripeCustomerId } = await journey.world.customer(visitor.customerId);
    const reply = await fetch(`${journey.run.stripe}/v1/subscriptions?customer=${stripeCustomerId ?? ''}&status=all`, {
      headers: { authorization: `Bearer ${journey.run.stripeSecretKey}` },
    });
    expect(((await reply.json()) as { data: unknown[] }).data).toHaveLength(1);
  }
});
