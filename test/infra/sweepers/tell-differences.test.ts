import { sql } from 'kysely';
import { createLogger } from '../../../infra/logger.ts';
import { tellOfDifferences } from '../../../infra/sweepers/tell-differences.ts';
import { ownDatabase } from '../../support/own-database.ts';

// Mails and the comparison of records are in test/reconcile; here nothing else reads the rows meanwhile.
const own = ownDatabase();

test('one that stays does not hide customers who differ later: support is told of them too, once an hour at most', async () => {
  const told: number[] = [];
  const tell = async (): Promise<number> => {
    const tellOfDifference = ({ customers }: { readonly customers: number }) => {
      told.push(customers);
      return Promise.resolve();
    };
    await tellOfDifferences(
      { database: own.database, tellOfDifference, logger: createLogger('test', 'silent') },
      { afterSeconds: 0 },
    );
    return told.length;
  };
  const add = (customerId: string) =>
    own.database
      .insertInto('differences')
      .values({ details: 'x', cause: '', subject: '', kind: 'has_left', customerId })
      .execute();
  const alert = () => own.database.updateTable('differenceAlerts').where('kind', '=', 'has_left');
  await add('cust_stays');
  expect(await tell()).toBe(1);
  await add('cust_later');
  expect(await tell()).toBe(1);
  await alert()
    .set({ alertedAt: sql`now() - interval '2 hours'` })
    .execute();
  expect(await tell()).toBe(2);
  expect(told).toEqual([1, 2]);
  await alert()
    .set({ alertedAt: sql`alerted_at - interval '2 hours'` })
    .execute();
  await own.database
    .updateTable('differences')
    .set({ firstSeen: sql`first_seen - interval '3 hours'` })
    .execute();
  expect(await tell()).toBe(2);
});
