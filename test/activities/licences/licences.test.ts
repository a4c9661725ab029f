import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, importSPKI, jwtVerify } from 'jose';
import { createLicenceActivities, type LicenceActivities } from '../../../activities/licences/index.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { loadLicenceSigner, type LicenceSigner } from '../../../infra/licences.ts';
import { createDatabase } from '../../support/embedded.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';
import { manyPrices } from '../../support/many-prices.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
let signer: LicenceSigner;
let licences: LicenceActivities;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-licences-'));
  stored = await createDatabase();
  database = openDatabase(stored.url);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const paths = { privateKeyPath: join(folder, 'key.pem'), publicKeyPath: join(folder, 'key.pub.pem') };
  await writeFile(paths.privateKeyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(paths.publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }));
  signer = await loadLicenceSigner(paths);
  licences = createLicenceActivities({ database, signer });
});
afterAll(async () => {
  await database.destroy();
  await stored.drop();
  await rm(folder, { recursive: true });
});

const held = (customerId: string) =>
  database
    .selectFrom('licences')
    .selectAll()
    .where('customerId', '=', customerId)
    .orderBy('issuedAt', 'desc')
    .execute();
const EXPIRES = '2027-06-01T12:00:00.750Z';

test('S1-6 S3-4: a renewed licence is RS256, names plan, devices and end, and its hash is in the history', async () => {
  const { customerId } = await addSignup(database);
  await licences.renewLicence({ customerId, expiresAt: EXPIRES, reason: 'the subscription is paid' });
  const [row] = await held(customerId);
  const key = await importSPKI(signer.publicKeyPem, 'RS256');
  const { payload, protectedHeader } = await jwtVerify(row?.token ?? '', key, { currentDate: new Date('2027-01-01') });
  expect(protectedHeader.alg).toBe('RS256');
  expect(payload).toMatchObject({ sub: customerId, plan: 'starter', features: { maxDevices: 10 } });
  expect(payload.exp).toBe(Math.floor(Date.parse(EXPIRES) / 1000));
  expect(row).toMatchObject({
    action: 'renewed',
    generatedBy: 'workflow',
    metadata: { reason: 'the subscription is paid' },
  });
  expect(row?.licenceHash).toMatch(/^[0-9a-f]{64}$/);
});

test('S4-9: what the plan includes is in the licence, beside the devices', async () => {
  const { customerId } = await addSignup(database, { profile: manyPrices });
  await licences.renewLicence({ customerId, expiresAt: EXPIRES, reason: 'the subscription is paid' });
  const [row] = await held(customerId);
  expect(decodeJwt(row?.token ?? '')).toMatchObject({
    ...{ plan: 'basic', features: { maxDevices: 10, sso: true }, limits: { users: 5, apiCalls: 10_000 } },
  });
});

test('asked again for the same end it issues none; for another end it does', async () => {
  const { customerId } = await addSignup(database);
  for (const expiresAt of [EXPIRES, EXPIRES, '2027-07-01T12:00:00Z'])
    await licences.renewLicence({ customerId, expiresAt, reason: 'renewed' });
  expect(await held(customerId)).toHaveLength(2);
});

test('revoked access leaves no licence, key or link that works, and may be revoked again', async () => {
  const { customerId } = await addSignup(database);
  await licences.renewLicence({ customerId, expiresAt: EXPIRES, reason: 'renewed' });
  await database.insertInto('apiKeys').values({ customerId, prefix: 'tenure_abcd', keyHash: customerId }).execute();
  await licences.revokeAccess({ customerId });
  await licences.revokeAccess({ customerId });
  const keys = await database.selectFrom('apiKeys').select('revokedAt').where('customerId', '=', customerId).execute();
  for (const { revokedAt } of [...(await held(customerId)), ...keys]) expect(revokedAt).not.toBeNull();
});
