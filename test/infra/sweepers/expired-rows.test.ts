import { sql } from 'kysely';
import { sweepExpiredRows } from '../../../infra/sweepers/expired-rows.ts';
import { createApiHarness, member, type ApiHarness } from '../../api/harness.ts';

let harness: ApiHarness;
let customerId: string;
let whoLeft: string;
beforeAll(async () => {
  harness = await createApiHarness();
  ({ customerId } = await member(harness));
  ({ customerId: whoLeft } = await member(harness));
  await sql`update customers set ended_at = '2020-01-01' where customer_id = ${whoLeft}`.execute(harness.database);
  await sql`insert into onboarding_steps (customer_id, step, epoch, state) values (${customerId}, 'stack', 1, 'done')`.execute(
    harness.database,
  );
});
afterAll(() => harness.stop());

const RETENTION = { stripeEvents: 40, stepAttempts: 50, mails: 60, alerts: 70, outages: 80, hostNames: 90 };

/** Each creates a row called `name` that expired at `ended`, or has not expired. */
const KINDS = {
  stripeEvents: (name: string, ended: Date | null) =>
    sql`insert into stripe_events (event_id, type, livemode, event_created_at, state, done_at)
      values (${name}, 'invoice.paid', false, '2020-01-01', ${ended ? 'done' : 'received'}, ${ended})`,
  stepAttempts: (name: string, ended: Date | null) =>
    sql`insert into onboarding_step_attempts (customer_id, step, epoch, direction, scheduled_at, attempt, state, error_type, ended_at)
      values (${customerId}, 'stack', 1, 'run', clock_timestamp(), 1, ${ended ? 'done' : 'running'}, ${name}, ${ended})`,
  mails: (name: string, ended: Date | null) =>
    sql`insert into emails (customer_id, template, claim_key, state, claimed_at, sent_at)
      values (${ended ? whoLeft : customerId}, 'welcome', ${name}, 'sent', '2020-01-01', ${ended ?? new Date('2020-01-01')})`,
  alerts: (name: string, ended: Date | null) =>
    sql`insert into alerts (customer_id, kind, summary, raised_at, resolved_at)
      values (${customerId}, ${name}, 'x', '2020-01-01', ${ended})`,
  outages: (name: string, ended: Date | null) =>
    sql`insert into outages (waits_for, error_type, since, opened_at, resolved_at)
      values (${name}, 'x', '2020-01-01', '2020-01-01', ${ended})`,
  hostNames: (name: string, ended: Date | null) =>
    sql`insert into freed_slugs (slug_hash, freed_at) values (${name}, coalesce(${ended}, 'infinity'::timestamptz))`,
} as const;
const NAMES = {
  stripeEvents: 'select event_id as name from stripe_events',
  stepAttempts: 'select error_type as name from onboarding_step_attempts',
  mails: 'select claim_key as name from emails',
  alerts: 'select kind as name from alerts',
  outages: 'select waits_for as name from outages',
  hostNames: 'select slug_hash as name from freed_slugs',
} as const;
type Kind = keyof typeof KINDS;

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
const sweep = () => sweepExpiredRows({ ...harness.deps, database: harness.database, retention: RETENTION });

test.each(Object.keys(KINDS) as Kind[])(
  '%s: deleted when over for longer than they are kept; never while they are not over',
  async (kind) => {
    const kept = RETENTION[kind];
    await KINDS[kind]('too old', daysAgo(kept + 1)).execute(harness.database);
    await KINDS[kind]('young enough', daysAgo(kept - 1)).execute(harness.database);
    await KINDS[kind]('not over', null).execute(harness.database);
    await sweep();
    const { rows } = await sql.raw<{ name: string }>(NAMES[kind]).execute(harness.database);
    expect(rows.map(({ name }) => name).sort()).toEqual(['not over', 'young enough']);
  },
);

test('events that are parked are deleted as long after they came as others after they are done', async () => {
  for (const [name, received] of [
    ['parked too long', daysAgo(RETENTION.stripeEvents + 1)],
    ['parked lately', daysAgo(RETENTION.stripeEvents - 1)],
  ] as const)
    await sql`insert into stripe_events (event_id, type, livemode, event_created_at, state, received_at)
      values (${name}, 'invoice.paid', false, '2020-01-01', 'parked', ${received})`.execute(harness.database);
  await sweep();
  const { rows } = await sql<{ name: string }>`select event_id as name from stripe_events
    where state = 'parked'`.execute(harness.database);
  expect(rows).toEqual([{ name: 'parked lately' }]);
});

test.each(['failed', 'unknown', 'overtaken'])(
  'mails that are %s: deleted with those of a customer who has left, never while one stays',
  async (state) => {
    for (const owner of [customerId, whoLeft])
      await sql`insert into emails (customer_id, template, claim_key, state, claimed_at)
        values (${owner}, 'welcome', ${`${owner}:${state}`}, ${state}, '2020-01-01')`.execute(harness.database);
    await sweep();
    const { rows } = await sql`select customer_id from emails where state = ${state}`.execute(harness.database);
    expect(rows).toEqual([{ customerId }]);
  },
);

test('more rows than one statement deletes are deleted in one sweep', async () => {
  await sql`insert into outages (waits_for, error_type, since, resolved_at)
    select 'many ' || n, 'x', '2020-01-01', '2020-01-02' from generate_series(1, 10001) n`.execute(harness.database);
  await sweep();
  const { rows } = await sql`select 1 from outages where waits_for like 'many%'`.execute(harness.database);
  expect(rows).toHaveLength(0);
});
