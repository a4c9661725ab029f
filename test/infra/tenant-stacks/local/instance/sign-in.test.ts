import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { loadLicenceSigner, SIGN_IN_AUDIENCE, type LicenceSigner } from '../../../../../infra/licences.ts';
import { verifyLicence } from '../../../../../infra/tenant-stacks/local/instance/licence.ts';
import { hasDeviceKey } from '../../../../../infra/tenant-stacks/local/instance/sign-in.ts';
import { InstanceSessions, type SessionStore } from '../../../../../infra/tenant-stacks/local/instance/sessions.ts';

const CUSTOMER = 'cust_5f1c7f0e-0000-4000-8000-000000000000';
const OTHER = 'cust_00000000-0000-4000-8000-000000000000';
const { privateKey, publicKey: pair } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = pair.export({ type: 'spki', format: 'pem' }).toString();
const tenant = { publicKey, namespace: CUSTOMER.replace('cust_', 'customer-cust-') };

/** What the tenant's database keeps, and a restart does not lose; the real one is in test/activities/provisioning. */
class Kept implements SessionStore {
  private readonly used = new Set<string>();
  private version = 0;
  useUp(id: string): Promise<boolean> {
    const isNew = !this.used.has(id);
    this.used.add(id);
    return Promise.resolve(isNew);
  }
  isAnyUsedUp(ids: readonly string[]): Promise<boolean> {
    return Promise.resolve(ids.some((id) => this.used.has(id)));
  }
  raiseSessionVersion(version: number): Promise<number> {
    this.version = Math.max(this.version, version);
    return this.sessionVersion();
  }
  sessionVersion(): Promise<number> {
    return Promise.resolve(this.version);
  }
}

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

const ENTRY = '0b6f0e5c-3f0f-4a53-9a3a-2b8f1c7d9e10';
const way = (sessionVersion: number, entry = ENTRY) => ({ sessionVersion, entry });

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
  await expect(good(await signer.issueSignIn(CUSTOMER, way(1)))).rejects.toThrow('not a licence');
  const old = new SignJWT({ features: { maxDevices: 2 } }).setProtectedHeader({ alg: 'RS256' }).setSubject(CUSTOMER);
  expect(await good(await old.setExpirationTime('1m').sign(privateKey))).toMatchObject({ maxDevices: 2 });
});

test('what the platform signs lets its customer in, once, also over a restart', async () => {
  const kept = new Kept();
  const taken = async (by: string) => new InstanceSessions(kept).takesFromPlatform(by, tenant);
  const first = await signer.issueSignIn(CUSTOMER, way(1));
  expect(await taken(first)).toEqual({ entry: ENTRY });
  expect(await taken(first)).toBeUndefined();
  expect(await taken(await signer.issueSignIn(CUSTOMER, way(1)))).toEqual({ entry: ENTRY });
});

describe('a session', () => {
  const SECRET = 'x'.repeat(32);
  const AT = { jwtSecret: SECRET };
  const cookie = async (sessions: InstanceSessions): Promise<string> => (await sessions.open(AT)).split(';')[0] ?? '';

  test('ends when the account ended those it was made from, and ways in of before are dead', async () => {
    const sessions = new InstanceSessions(new Kept());
    const old = await signer.issueSignIn(CUSTOMER, way(1));
    expect(await sessions.takesFromPlatform(await signer.issueSignIn(CUSTOMER, way(1)), tenant)).toBeDefined();
    const before = await cookie(sessions);
    expect(await sessions.isOpen(before, AT)).toBe(true);
    await sessions.end({ version: 2, entries: [] });
    expect(await sessions.isOpen(before, AT)).toBe(false);
    expect(await sessions.takesFromPlatform(old, tenant)).toBeUndefined();
    expect(await sessions.isOpen(await cookie(sessions), AT)).toBe(true);
  });

  test('ends when the one it came from ended, and its ways in are dead; those of others stay', async () => {
    const kept = new Kept();
    const sessions = new InstanceSessions(kept);
    const enter = async (by: string) => {
      const taken = await sessions.takesFromPlatform(by, tenant);
      return taken && (await sessions.open(AT, taken)).split(';')[0];
    };
    const waiting = await signer.issueSignIn(CUSTOMER, way(1));
    const own = await enter(await signer.issueSignIn(CUSTOMER, way(1)));
    const other = await enter(await signer.issueSignIn(CUSTOMER, way(1, 'b3f0e5c0-3f0f-4a53-9a3a-2b8f1c7d9e11')));
    const byKey = await cookie(sessions);
    await sessions.end({ version: 1, entries: [ENTRY] });
    const after = new InstanceSessions(kept);
    expect([await after.isOpen(own, AT), await after.isOpen(other, AT), await after.isOpen(byKey, AT)]).toEqual([
      ...[false, true, true],
    ]);
    expect(await enter(waiting)).toBeUndefined();
  });

  test('ends with a newer way in, also where the instance was never told', async () => {
    const sessions = new InstanceSessions(new Kept());
    const before = await cookie(sessions);
    expect(await sessions.takesFromPlatform(await signer.issueSignIn(CUSTOMER, way(3)), tenant)).toBeDefined();
    expect(await sessions.isOpen(before, AT)).toBe(false);
  });

  test('ends by signing out, for whoever has a copy of the cookie too; the others stay', async () => {
    const sessions = new InstanceSessions(new Kept());
    const [one, other] = [await cookie(sessions), await cookie(sessions)];
    expect(await sessions.close(one, AT)).toContain('Max-Age=0');
    expect([await sessions.isOpen(one, AT), await sessions.isOpen(other, AT)]).toEqual([false, true]);
  });
});

test.each<[string, () => Promise<string>]>([
  ['for another customer', () => signer.issueSignIn(OTHER, way(1))],
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
  expect(await new InstanceSessions(new Kept()).takesFromPlatform(await make(), tenant)).toBeUndefined();
});

test.each([
  ['Bearer the-key', true],
  ['bearer the-key', true],
  ['BEARER  the-key', true],
  ['Bearer the-kez', false],
  ['Bearer', false],
  ['the-key', false],
  [undefined, false],
])('%p as the authorization lets in: %p', (authorization, isIn) => {
  expect(hasDeviceKey(authorization, 'the-key')).toBe(isIn);
});
