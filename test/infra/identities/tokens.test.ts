import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, SignJWT, UnsecuredJWT, type JWK, type JWTPayload } from 'jose';
import { createTokenVerifier, IssuerUnavailableError } from '../../../infra/identities/tokens.ts';
import { CLIENT_ID, Issuer, signingKey, type SigningKey } from '../../support/issuer.ts';

const HOUR = 3_600;
const MINUTE_MS = 60_000;
const SUB = '4f0c6a0e-90b1-70d5-1f3a-6a1b2c3d4e5f';

let issuer: Issuer;
let stranger: SigningKey;
/** The key of the issuer as it shows it. */
let shown: JWK;
/** The verifier's clock, by which it decides when to ask the issuer again. */
let now = Date.now();
beforeAll(async () => {
  issuer = await Issuer.start();
  stranger = await signingKey();
});
afterAll(() => issuer.stop());
beforeEach(() => (now = Date.now()));

const verifier = (change: object = {}) =>
  createTokenVerifier({ issuer: issuer.url, audiences: [CLIENT_ID], isCognito: false, ...change }, () => now);

const seconds = (): number => Math.floor(now / 1_000);
const claims = (change: JWTPayload = {}): JWTPayload => ({
  ...{ iss: issuer.url, aud: CLIENT_ID, sub: SUB, iat: seconds() - 10, exp: seconds() + HOUR },
  ...change,
});
const signed = (payload: JWTPayload, header: object = {}, key = issuer.key.privateKey): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: issuer.key.kid, ...header }).sign(key);

test('S2-2: a token of the issuer says who it is; its address only counts once it was verified', async () => {
  const token = await issuer.signIn({ sub: SUB, email: 'ada@example.com', given_name: 'Ada', family_name: 'Lovelace' });
  expect(await verifier()(token)).toEqual({
    ...{ subject: SUB, userName: undefined, email: 'ada@example.com', givenName: 'Ada', familyName: 'Lovelace' },
    signedInAt: expect.any(Date) as Date,
  });
  const unverified = await verifier()(await signed(claims({ email: 'ada@example.com', email_verified: false })));
  expect(unverified).toMatchObject({ subject: SUB });
  expect(unverified).not.toHaveProperty('email');
});

const REFUSED: readonly (readonly [string, () => Promise<string> | string])[] = [
  ['of algorithm none', () => new UnsecuredJWT(claims()).encode()],
  [
    'of algorithm none with a key id',
    () => {
      const [, payload = ''] = new UnsecuredJWT(claims()).encode().split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'none', kid: issuer.key.kid })).toString('base64url');
      return `${header}.${payload}.`;
    },
  ],
  [
    'signed with the public key as a shared secret',
    async () => {
      const secret = new TextEncoder().encode(await exportSPKI(issuer.key.publicKey));
      return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: issuer.key.kid }).sign(secret);
    },
  ],
  ['for another audience', () => signed(claims({ aud: 'another-app' }))],
  ['for nobody, naming our client', () => signed({ ...claims({ client_id: CLIENT_ID }), aud: undefined as never })],
  ['of another issuer', () => signed(claims({ iss: 'https://issuer.example' }))],
  ['that has expired', () => signed(claims({ exp: seconds() - 31 }))],
  ['that never expires', () => signed({ ...claims(), exp: undefined as never })],
  ['that is not valid yet', () => signed(claims({ nbf: seconds() + 120 }))],
  ['of an unknown key', () => signed(claims(), { kid: stranger.kid }, stranger.privateKey)],
  ['of another key under a known id', () => signed(claims(), {}, stranger.privateKey)],
  ['that names no key', () => signed(claims(), { kid: undefined })],
  ['without a subject', () => signed({ ...claims(), sub: undefined as never })],
  ['with a subject that no identity has', () => signed(claims({ sub: "x'\n--" }))],
  ['that was changed', async () => `${(await signed(claims())).slice(0, -9)}AAAAAAAAA`],
  ['that is too long', () => signed(claims({ x: 'x'.repeat(20_000) }))],
  ['that is none', () => 'a.b.c'],
];
test.each(REFUSED)('S2-2: a token %s is refused', async (_, token) => {
  const verify = verifier();
  expect(await verify(await token())).toBeUndefined();
  expect(await verify(await signed(claims()))).toMatchObject({ subject: SUB });
});

test("S2-2: clocks may differ by half a minute; signatures of other kinds than Cognito's are taken too", async () => {
  expect(await verifier()(await signed(claims({ exp: seconds() - 20, nbf: seconds() + 20 })))).toBeDefined();
  const curve = await signingKey('ES256');
  const other = new Issuer();
  await other.run(curve);
  const token = new SignJWT(claims({ iss: other.url })).setProtectedHeader({ alg: 'ES256', kid: curve.kid });
  expect(await verifier({ issuer: other.url })(await token.sign(curve.privateKey))).toBeDefined();
  await other.stop();
});

test('S2-8: an access token of Cognito names the app client; other tokens of a pool are refused', async () => {
  const verify = verifier({ isCognito: true });
  const { aud, ...access } = claims();
  expect(aud).toBe(CLIENT_ID);
  expect(await verify(await signed({ ...access, client_id: CLIENT_ID, token_use: 'access' }))).toBeDefined();
  expect(await verify(await signed(claims({ token_use: 'id', 'cognito:username': 'ada' })))).toMatchObject({
    userName: 'ada',
  });
  expect(await verify(await signed({ ...access, client_id: 'another', token_use: 'access' }))).toBeUndefined();
  expect(await verify(await signed({ ...access, client_id: CLIENT_ID, token_use: 'refresh' }))).toBeUndefined();
});

test('S2-2: a new key of the issuer is found, and one that it took away is not believed for ever', async () => {
  const verify = verifier();
  const before = issuer.key;
  const old = await signed(claims({ exp: seconds() + 24 * HOUR }));
  expect(await verify(old)).toBeDefined();
  await issuer.stop();
  await issuer.run(await signingKey());
  now += MINUTE_MS;
  expect(await verify(await issuer.signIn({ sub: SUB }))).toMatchObject({ subject: SUB });
  expect(await verify(old)).toBeUndefined();
  expect(issuer.key.kid).not.toBe(before.kid);
});

test('S2-2: while the issuer is unavailable its known keys count; what they do not decide nobody knows', async () => {
  const verify = verifier();
  const known = await signed(claims({ exp: seconds() + 100 * HOUR }));
  expect(await verify(known)).toBeDefined();
  const unknown = await signed(claims({ exp: seconds() + 100 * HOUR }), { kid: stranger.kid }, stranger.privateKey);
  await issuer.stop();
  for (const minutes of [1, 10, 60]) {
    now += minutes * MINUTE_MS;
    expect(await verify(known)).toBeDefined();
    await expect(verify(unknown)).rejects.toThrow(IssuerUnavailableError);
  }
  await expect(verifier()(known)).rejects.toThrow(IssuerUnavailableError);
  now += 24 * 60 * MINUTE_MS;
  await expect(verify(known)).rejects.toThrow(IssuerUnavailableError);
  await issuer.run();
  now += MINUTE_MS;
  expect(await verify(known)).toBeDefined();
  expect(await verify(unknown)).toBeUndefined();
});

test('S2-2: tokens with invented keys do not become requests to the issuer', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(500).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const verify = verifier({ issuer: url });
  const token = await signed(claims({ iss: url }), { kid: 'invented' });
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => verify(token)));
  expect(all.every(({ status }) => status === 'rejected')).toBe(true);
  await expect(verify(token)).rejects.toThrow(IssuerUnavailableError);
  expect(asked).toBe(1);
  server.close();
});

const document = (url: string, change: object = {}) =>
  JSON.stringify({ issuer: url, jwks_uri: `${url}/keys`, ...change });
const RUBBISH: readonly (readonly [string, (url: string) => RequestListener])[] = [
  ['a page', () => (_, response) => response.end('<html>')],
  ['a list', () => (_, response) => response.end('[]')],
  [
    'the document of another issuer',
    (url) => (_, response) => response.end(document(url, { issuer: 'https://x.example' })),
  ],
  ['no address of keys', (url) => (_, response) => response.end(document(url, { jwks_uri: 7 }))],
  [
    'keys on another protocol',
    (url) => (_, response) => response.end(document(url, { jwks_uri: 'file:///etc/passwd' })),
  ],
  ['keys that are none', (url) => (_, response) => response.end(document(url, { keys: 'none' }))],
  [
    'a redirect',
    (url) => (request, response) => {
      if (request.url === '/real') response.end(document(url));
      else if (request.url === '/keys') response.end(JSON.stringify({ keys: [shown] }));
      else response.writeHead(302, { location: `${url}/real` }).end();
    },
  ],
  ['more than anybody reads', () => (_, response) => response.end(`"${'x'.repeat(400_000)}"`)],
];
test.each(RUBBISH)('S2-2: an issuer that answers with %s is unavailable', async (_, listener) => {
  shown = { ...(await exportJWK(issuer.key.publicKey)), kid: issuer.key.kid, alg: 'RS256' };
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  server.on('request', listener(url));
  await expect(verifier({ issuer: url })(await signed(claims({ iss: url })))).rejects.toThrow(IssuerUnavailableError);
  server.close();
});

test('S2-2: an issuer whose answer never ends is waited for five seconds', async () => {
  const server = createServer((_request, response) => {
    response.write('{');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await expect(verifier({ issuer: url })(await signed(claims({ iss: url })))).rejects.toThrow(IssuerUnavailableError);
  server.closeAllConnections();
  server.close();
}, 15_000);
