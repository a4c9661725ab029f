import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import type { InstanceCredentials } from '../../../../../infra/tenant-stacks/local/folder.ts';
import { verifyLicence } from '../../../../../infra/tenant-stacks/local/instance/licence.ts';
import { daysLeft, stateOf } from '../../../../../infra/tenant-stacks/local/instance/standing.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = String(keys.publicKey.export({ type: 'spki', format: 'pem' }));
const DAY = 86_400_000;
const later = (ms: number): Date => new Date(Date.now() + ms);
const told = (values: Partial<InstanceCredentials> = {}) =>
  ({ mode: 'active', trialEndsAt: null, clockOffsetMs: 0, ...values }) as InstanceCredentials;

test.each([
  ['active', {}, DAY, 'active'],
  ['expired licence', {}, -DAY, 'licence_expired'],
  ['read-only and licensed', { mode: 'read_only' as const }, DAY, 'read_only'],
  ['suspended and expired', { mode: 'suspended' as const }, -DAY, 'suspended'],
  ['expired by a moved clock', { clockOffsetMs: 2 * DAY }, DAY, 'licence_expired'],
])('state: %s', (_what, values, licensedFor, state) => {
  expect(stateOf(told(values), { maxDevices: 1, expiresAt: later(licensedFor) })).toBe(state);
});

test.each([
  [14 * DAY - 1000, 0, 14],
  [1000, 0, 1],
  [-DAY, 0, 0],
  [14 * DAY - 1000, 7 * DAY, 7],
])('days left: ends in %p ms, clock moved by %p: %p', (left, clockOffsetMs, days) => {
  expect(daysLeft(told({ trialEndsAt: later(left).toISOString(), clockOffsetMs }))).toBe(days);
});

test('no trial has no days', () => {
  expect(daysLeft(told())).toBeNull();
});

const signed = (claims: object, alg = 'RS256', key: Parameters<SignJWT['sign']>[0] = keys.privateKey) =>
  new SignJWT({ sub: 'cust_1', ...claims }).setProtectedHeader({ alg }).sign(key);

test('S1-6 S3-4 a licence signed by us (RS256) is read, expired or not', async () => {
  const licence = await signed({ features: { maxDevices: 10 }, expiresAt: '2020-01-01T00:00:00.000Z' });
  expect(await verifyLicence(licence, pem, 'customer-cust-1')).toEqual({
    maxDevices: 10,
    expiresAt: new Date('2020-01-01'),
  });
  const byExp = await signed({ features: { maxDevices: 1 }, exp: 4_102_444_800 });
  expect(await verifyLicence(byExp, pem, 'customer-cust-1')).toMatchObject({ expiresAt: new Date('2100-01-01') });
});

test('another key, another algorithm, the public key as a secret, no signature: all refused', async () => {
  const claims = { features: { maxDevices: 10 }, expiresAt: '2100-01-01T00:00:00.000Z' };
  const good = await signed(claims);
  const [, payload] = good.split('.');
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload ?? ''}.`;
  const forged = [
    await signed(claims, 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    await signed(claims, 'PS256'),
    await signed(claims, 'HS256', new TextEncoder().encode(pem)),
    none,
    'not a licence',
    await signed({ features: { maxDevices: 10 } }),
    await signed({ ...claims, sub: 'cust_2' }),
  ];
  for (const licence of forged) await expect(verifyLicence(licence, pem, 'customer-cust-1')).rejects.toThrow('licence');
});
