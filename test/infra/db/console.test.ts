import { sql } from 'kysely';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { listCustomers, pageOfCustomers, type CustomerFilter } from '../../../infra/db/repositories/console.ts';
import { createDatabase } from '../../support/embedded.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
const CUSTOMERS = 10_000;
beforeAll(async () => {
  stored = await createDatabase();
  database = openDatabase(stored.url);
  await sql`
    insert into customers (customer_id, email, email_norm, company_name, slug, profile, plan, terms, phase, attention, created_at)
    select 'cust_' || gen_random_uuid(), 'owner' || n || '@example.com', 'owner' || n || '@example.com', 'Company ' || n,
      'company-' || n, 'tenure', 'starter', '{}', (array['onboarding', 'trial', 'subscription', 'ended'])[1 + n % 4],
      case when n % 97 = 0 then 'stack' when n % 53 = 0 then 'instanceHealth,readyMail' end,
      -- Many share an instant: the id has to tell them apart.
      now() - make_interval(secs => n / 7)
    from generate_series(1, ${CUSTOMERS}) n`.execute(database);
  await sql`analyze customers`.execute(database);
});
afterAll(async () => {
  await database.destroy();
  await stored.drop();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}
const nodes = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

/** What the database does for a page: the kinds of its steps, and the number of rows it reads. */
async function work(filter: Partial<CustomerFilter>) {
  const query = pageOfCustomers(database, { limit: 25, ...filter });
  const [explained] = await query.explain<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>('json', sql`analyze`);
  const all = nodes(explained?.['QUERY PLAN'][0].Plan ?? { 'Node Type': 'none', 'Actual Rows': 0 });
  const read = all.map((node) => node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0));
  return { kinds: all.map((node) => node['Node Type']), rows: Math.max(...read) };
}

async function deep(): Promise<string> {
  const rows = await pageOfCustomers(database, { limit: 5_000 }).execute();
  return rows.at(-1)?.customerId ?? '';
}

test.each([
  ['the first page', {}],
  ['a phase', { phase: 'trial' }],
  ['who needs a person', { attention: 'any' }],
  ['who needs a person at a step', { attention: 'instanceHealth' }],
] as const)('of ten thousand customers, %s is read by an index, as far as it goes', async (_name, filter) => {
  for (const after of [undefined, await deep()]) {
    const { kinds, rows } = await work({ ...filter, after });
    expect(kinds).not.toContain('Seq Scan');
    expect(rows).toBeLessThan(500);
  }
});

test('a search reads each customer once at most', async () => {
  const { rows } = await work({ search: 'nobody of that name' });
  expect(rows).toBeLessThanOrEqual(CUSTOMERS);
  expect((await listCustomers(database, { limit: 25, search: 'OWNER9999@' })).customers).toMatchObject([
    { companyName: 'Company 9999' },
  ]);
});

test('page after page, every customer comes once, though many signed up at the same instant', async () => {
  const seen = new Set<string>();
  let pages = 0;
  for (let after: string | undefined, next: string | null = ''; next !== null; after = next ?? undefined) {
    const page = await listCustomers(database, { limit: 1_000, after });
    for (const { customerId } of page.customers) seen.add(customerId);
    pages += 1;
    ({ next } = page);
  }
  expect([seen.size, pages]).toEqual([CUSTOMERS, 10]);
});
