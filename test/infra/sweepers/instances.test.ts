import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { createLogger } from '../../../infra/logger.ts';
import { sweepInstances } from '../../../infra/sweepers/instances.ts';
import { StackFailure } from '../../../infra/tenant-stacks/errors.ts';
import { createDatabase } from '../../support/embedded.ts';

// What is seen of instances themselves is in test/activities/provisioning/life.test.ts.
let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
beforeAll(async () => {
  stored = await createDatabase();
  database = openDatabase(stored.url);
});
afterAll(async () => {
  await database.destroy();
  await stored.drop();
});

const sweep = (seenFrom: string, answers: boolean) =>
  sweepInstances({
    ...{ database, seenFrom, logger: createLogger('test', 'silent') },
    lookAtInstances: () => (answers ? Promise.resolve([]) : Promise.reject(new StackFailure('GatewayUnavailable'))),
  });
const noted = () => database.selectFrom('differences').select(['subject', 'firstSeen']).execute();

test('a gateway that one worker cannot reach stays noted, whatever others reach, and until that worker is gone', async () => {
  await sweep('one', false);
  const first = await noted();
  expect(first).toMatchObject([{ subject: 'every instance, seen from one' }]);
  await sweep('other', true);
  await sweep('one', false);
  expect(await noted()).toEqual(first);
  await database
    .updateTable('differences')
    .set({ lastSeen: new Date(0) })
    .execute();
  await sweep('other', true);
  expect(await noted()).toEqual([]);
});
