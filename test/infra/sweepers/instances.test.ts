import { createLogger } from '../../../infra/logger.ts';
import { sweepInstances, sweepLostInstances } from '../../../infra/sweepers/instances.ts';
import { StackFailure } from '../../../infra/tenant-stacks/errors.ts';
import { ownDatabase } from '../../support/own-database.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { tenure } from '../../support/default-product.ts';

// Checks of real instances are in test/activities/provisioning/life.test.ts.
const own = ownDatabase();

const sweep = (seenFrom: string, answers: boolean) =>
  sweepInstances({
    ...{ database: own.database, seenFrom, logger: createLogger('test', 'silent'), lookingForSeconds: () => 0 },
    lookAtInstances: () => (answers ? Promise.resolve([]) : Promise.reject(new StackFailure('GatewayUnavailable'))),
  });
const noted = () => own.database.selectFrom('differences').select(['subject', 'firstSeen']).execute();

test('a gateway that one worker cannot reach stays noted, whatever others reach, and until that worker is gone', async () => {
  await sweep('one', false);
  const first = await noted();
  expect(first).toMatchObject([{ subject: 'every instance, seen from one' }]);
  await sweep('other', true);
  await sweep('one', false);
  expect(await noted()).toEqual(first);
  await own.database
    .updateTable('differences')
    .set({ lastSeen: new Date(0) })
    .execute();
  await sweep('other', true);
  expect(await noted()).toEqual([]);
});

describe('an instance that no host has any more', () => {
  const customerId = 'cust_d4e547c5-3a1b-4c55-9a0e-6f7f1c2b3d4e';
  const look = async (found: readonly string[], lookingForSeconds: number) => {
    const deps = {
      ...{ database: own.database, seenFrom: 'one', logger: createLogger('test', 'silent') },
      lookAtInstances: () => Promise.resolve(found.map((each) => ({ customerId: each, trouble: null }))),
      lookingForSeconds: () => lookingForSeconds,
    };
    await sweepInstances(deps);
    await sweepLostInstances(deps);
  };
  const told = () => own.database.selectFrom('differences').select(['customerId', 'details']).execute();
  const LONG_AGO = new Date(Date.now() - 3_600_000);
  const stack = (change: { readonly instanceSeenAt: Date | null }) =>
    own.database.updateTable('stacks').set(change).where('customerId', '=', customerId).execute();
  beforeAll(async () => {
    const terms = resolveTerms(tenure, tenure.plans[0]);
    await own.database
      .insertInto('customers')
      .values({
        ...{ customerId, email: 'ada@example.com', emailNorm: 'ada@example.com', companyName: 'Acme', slug: 'acme' },
        ...{ profile: 'tenure', plan: 'starter', region: 'eu-central', phase: 'trial', standing: 'active' },
        terms: JSON.stringify(terms),
      })
      .execute();
    await own.database
      .insertInto('stacks')
      .values({
        customerId,
        stackName: 'acme',
        target: 'local',
        status: 'ready',
        endedAt: LONG_AGO,
        updatedAt: LONG_AGO,
      })
      .execute();
  });

  test('is told once every host has had the time to look, and until one has it again', async () => {
    await look([], 60);
    expect(await told()).toEqual([]);
    await look([], 1_000);
    expect(await told()).toEqual([{ customerId, details: expect.stringMatching(/^no host has had it/) as string }]);
    await look([customerId], 1_000);
    expect(await told()).toEqual([]);
  });

  test('is none while another host has it', async () => {
    await stack({ instanceSeenAt: new Date() });
    await look([], 1_000);
    expect(await told()).toEqual([]);
    await stack({ instanceSeenAt: LONG_AGO });
    await look([], 1_000);
    expect(await told()).toHaveLength(1);
  });
});
