import { createAccountActivities, type AccountActivities } from '../../../activities/accounts/index.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { takenSlugs } from '../../../infra/db/repositories/slugs.ts';
import { getCustomer } from '../../../infra/db/repositories/customers.ts';
import { createDatabase } from '../../support/embedded.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';
import { manyPrices } from '../../support/many-prices.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
let accounts: AccountActivities;
beforeAll(async () => {
  stored = await createDatabase();
  database = openDatabase(stored.url);
  accounts = createAccountActivities({ database });
});
afterAll(async () => {
  await database.destroy();
  await stored.drop();
});

const actions = async (customerId: string): Promise<string[]> =>
  (
    await database
      .selectFrom('auditEvents')
      .select('action')
      .where('customerId', '=', customerId)
      .orderBy('auditId')
      .execute()
  ).map(({ action }) => action);
async function correction(customerId: string, patch: object): Promise<string> {
  const row = { customerId, actor: 'staff', patch: JSON.stringify(patch) };
  const { correctionId } = await database
    .insertInto('corrections')
    .values(row)
    .returning('correctionId')
    .executeTakeFirstOrThrow();
  return correctionId;
}

test('S0-21: phase, standing and end stand in the audit once, however often the activity runs', async () => {
  const { customerId } = await addSignup(database);
  const trialEndsAt = '2027-03-20T12:00:00.000Z';
  const deeds = [
    () => accounts.enterPhase({ customerId, phase: 'trial', trialEndsAt }),
    () => accounts.setStanding({ customerId, standing: 'read_only', rule: 'the trial is over' }),
    () => accounts.endCustomer({ customerId, reason: 'trial_expired' }),
  ];
  for (const deed of deeds) await deed().then(deed);
  expect(await actions(customerId)).toEqual(['phase.trial', 'standing.changed', 'phase.ended']);
});

test('a customer who has left frees the address, and the host name after a while; of a customer who is erased only ids stay', async () => {
  const { customerId, email, slug } = await addSignup(database);
  await accounts.endCustomer({ customerId, reason: 'customer_asked' });
  expect([...(await takenSlugs(database, [slug, 'nobodys-name', 'ns2']))]).toEqual(['ns2', slug]);
  expect(JSON.stringify(await database.selectFrom('freedSlugs').selectAll().execute())).not.toContain(slug);
  expect(await getCustomer(database, customerId)).toMatchObject({ phase: 'ended', emailNorm: null, slug: null, email });
  await addSignup(database, { email });
  await accounts.eraseCustomer({ customerId });
  await accounts.eraseCustomer({ customerId });
  expect(await getCustomer(database, customerId)).toMatchObject({ email: null, companyName: null, fullName: null });
  const held = await database
    .selectFrom('accounts')
    .select('customerId')
    .where('customerId', '=', customerId)
    .execute();
  expect(held).toEqual([]);
});

describe('corrections', () => {
  test('a plan brings its terms; applied twice it is the same', async () => {
    const { customerId } = await addSignup(database);
    const correctionId = await correction(customerId, { plan: 'enterprise', companyName: 'Acme Ltd' });
    const first = await accounts.applyCorrection({ customerId, correctionId });
    expect(first).toMatchObject({
      fields: ['companyName', 'plan'],
      terms: { plan: 'enterprise', maxDevices: 1_000, connections: 50, trialDays: 14 },
    });
    expect(await accounts.applyCorrection({ customerId, correctionId })).toEqual(first);
    expect(await getCustomer(database, customerId)).toMatchObject({ plan: 'enterprise', companyName: 'Acme Ltd' });
  });

  test('S4-9: another plan is paid as the one before, and refused where it is not sold so', async () => {
    const sold = async (cycle: 'quarterly' | 'annual') => {
      const { customerId } = await addSignup(database, { profile: manyPrices, choice: { cycle } });
      return { customerId, correctionId: await correction(customerId, { plan: 'pro' }) };
    };
    expect(await accounts.applyCorrection(await sold('annual'))).toMatchObject({
      terms: {
        plan: 'pro',
        price: { cents: 98_604, cycle: 'annual', currency: 'usd' },
        features: ['sso', 'auditTrail'],
      },
    });
    await expect(accounts.applyCorrection(await sold('quarterly'))).rejects.toMatchObject({
      message: 'The plan "pro" has no quarterly price in USD, which is how this customer pays.',
    });
  });

  test.each([
    [{ plan: 'platinum' }, /There is no plan "platinum"/],
    [{ email: 'nobody' }, /Invalid email format/],
  ])('%j is refused in a sentence', async (patch, sentence) => {
    const { customerId } = await addSignup(database);
    const correctionId = await correction(customerId, patch);
    const refused = accounts.applyCorrection({ customerId, correctionId });
    await expect(refused).rejects.toMatchObject({
      type: 'CommandRefused',
      nonRetryable: true,
      message: expect.stringMatching(sentence) as string,
    });
  });

  test.each([
    ['slug', 'That slug is taken or reserved. Choose another.'],
    ['email', 'Another customer has that address. Correct it, or cancel the other one first.'],
  ] as const)('a %s that somebody else has is refused', async (field, sentence) => {
    const other = await addSignup(database);
    const { customerId } = await addSignup(database);
    const correctionId = await correction(customerId, { [field]: other[field] });
    await expect(accounts.applyCorrection({ customerId, correctionId })).rejects.toMatchObject({ message: sentence });
  });

  test("another customer's correction is not there", async () => {
    const [one, other] = [await addSignup(database), await addSignup(database)];
    const correctionId = await correction(other.customerId, { companyName: 'X' });
    await expect(accounts.applyCorrection({ customerId: one.customerId, correctionId })).rejects.toMatchObject({
      type: 'CommandRefused',
    });
  });
});
