import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { loadLicenceSigner, SIGN_IN_AUDIENCE, type LicenceSigner } from '../../../../../infra/licences.ts';
import { verifyLicence } from '../../../../../infra/tenant-stacks/local/instance/licence.ts';
import { PlatformSignIn } from '../../../../../infra/tenant-stacks/local/instance/sign-in.ts';

const CUSTOMER = 'cust_5f1c7f0e-0000-4000-8000-000000000000';
const OTHER = 'cust_00000000-0000-4000-8000-000000000000';
const { privateKey, publicKey: pair } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = pair.export({ type: 'spki', format: 'pem' }).toString();
const tenant = { publicKey, namespace: CUSTOMER.replace('cust_', 'customer-cust-') };

let folder = '';
let signer: LicenceSigner;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-sign-in-'));
  const paths = { privateKeyPath: join(folder, 'private.pem'), publicKeyPath: join(folder, 'public.pem') };
  await writeFile(paths.privateKeyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(paths.publicKeyPath, publicKey);
  signer = await loadLicenceSigner(paths);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const token = (exp: string, audience = SIGN_IN_AUDIENCE, key = privateKey) =>
  new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setAudience(audience)
    .setSubject(CUSTOMER)
    .setJti('one')
    .setExpirationTime(exp)
    .sign(key);

test('a licence and a way in are not taken for each other; a licence of an older version has no audience', async () => {
  const good = async (licence: string) => verifyLicence(licence, publicKey, tenant.namespace);
  const order = { customerId: CUSTOMER, plan: 'starter', maxDevices: 3, expiresAt: new Date(Date.now() + 60_000) };
  expect(await good((await signer.issue(order)).token)).toMatchObject({ maxDevices: 3 });
  await expect(good(await signer.issueSignIn(CUSTOMER))).rejects.toThrow('not a licence');
  const old = new SignJWT({ features: { maxDevices: 2 } }).setProtectedHeader({ alg: 'RS256' }).setSubject(CUSTOMER);
  expect(await good(await old.setExpirationTime('1m').sign(privateKey))).toMatchObject({ maxDevices: 2 });
});

test('what the platform signs lets its customer in, once', async () => {
  const platform = new PlatformSignIn();
  const way = await signer.issueSignIn(CUSTOMER);
  expect(await platform.isGood(way, tenant)).toBe(true);
  expect(await platform.isGood(way, tenant)).toBe(false);
  expect(await platform.isGood(await signer.issueSignIn(CUSTOMER), tenant)).toBe(true);
});

test.each<[string, () => Promise<string>]>([
  ['for another customer', () => signer.issueSignIn(OTHER)],
  ['that is too old', () => token('-1s')],
  ['of another audience', () => token('1m', 'something-else')],
  [
    'signed by somebody else',
    () => token('1m', SIGN_IN_AUDIENCE, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
  ],
  [
    'that is a licence',
    async () => {
      const expiresAt = new Date(Date.now() + 60_000);
      return (await signer.issue({ customerId: CUSTOMER, plan: 'starter', maxDevices: 1, expiresAt })).token;
    },
  ],
  ['that is no token', () => Promise.resolve('x')],
])('a token %s lets nobody in', async (_what, make) => {
  expect(await new PlatformSignIn().isGood(await make(), tenant)).toBe(false);
});
