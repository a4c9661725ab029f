import pg from 'pg';
import { startPlatform, type TestPlatform } from './embedded.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

test('a test file gets a migrated database of its own, as a plain role', async () => {
  const client = new pg.Client({ connectionString: platform.database.url });
  await client.connect();
  const { rows } = await client.query<{ superuser: boolean; tables: number }>(
    `select (select rolsuper from pg_roles where rolname = current_user) as superuser,
            (select count(*)::int from pg_tables where schemaname = 'public' and tablename = 'customers') as tables`,
  );
  await client.end();
  expect(rows).toEqual([{ superuser: false, tables: 1 }]);
});

test('its Temporal server takes queries on our search attributes', async () => {
  const { count } = await platform.temporal.client.workflow.count('TenurePlan = "professional"');
  expect(count).toBe(0);
});
