import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { Visit } from '../../api/demo/visit.ts';
import { Journey } from './support/journey.ts';

// On what npm start runs, with the embedded issuer in the place of Cognito, and another product beside it. Cognito's own
// user pool is tried in test/workflows/predixa.test.ts, with a server that stands in for it.
const journey = new Journey();
beforeAll(() => journey.start({ TENURE_PRODUCT: 'predixa,securebase' }));
afterAll(() => journey.stop());

const identities = (): string => journey.run.identities ?? '';
const apiOf = (product: string): string => journey.run.products.find((served) => served.product === product)?.api ?? '';

const signUp = (visit: Visit, email: string): Promise<Response> =>
  visit.go(`${identities()}/people`, { given_name: 'Ada', family_name: 'Lovelace', email });

/** By the pages, as a browser does. @returns the ID token that the app gets */
async function signIn(visit: Visit, name: string): Promise<string> {
  const home = await (await visit.go(identities())).text();
  const ask = (/href="([^"]+)"[^>]*>Sign in/.exec(home)?.[1] ?? '').replaceAll(/&#(\d+);/g, (_, code) =>
    String.fromCharCode(Number(code)),
  );
  let reply = await visit.go(new URL(ask, identities()).href);
  const page = new URL(reply.headers.get('location') ?? '', identities()).href;
  const choice = await (await visit.go(page)).text();
  const sub = new RegExp(`value="([^"]+)"[^>]*>[^<]*${name}`).exec(choice)?.[1] ?? '';
  reply = await visit.go(page, { sub });
  while (reply.status === 303) reply = await visit.go(new URL(reply.headers.get('location') ?? '', identities()).href);
  return /Bearer ([\w.-]+)/.exec(await reply.text())?.[1] ?? '';
}

interface Entitlement {
  readonly status: string;
  readonly plan: string | null;
  readonly cognito_sub: string;
}
async function read<Reply>(path: string, token: string, body?: object): Promise<Reply> {
  const sent = body && { method: 'POST', body: JSON.stringify(body) };
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  return (await (await fetch(`${apiOf('predixa')}${path}`, { ...sent, headers })).json()) as Reply;
}
const entitlement = (token: string): Promise<Entitlement> => read('/me/entitlements', token);

test('S2-1 S2-2 S2-4 S2-5 S2-6 S2-7: signed up at the issuer, known by its token, subscribed, and deleted everywhere', async () => {
  const visit = new Visit();
  expect((await signUp(visit, 'ada@app.example')).status).toBe(303);
  expect((await signUp(visit, 'ada@app.example')).status).toBe(409);
  const token = await signIn(visit, 'ada@app.example');
  const before = await entitlement(token);
  const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly sub: string;
  };
  expect(before).toMatchObject({ status: 'none', plan: null, cognito_sub: sub });

  const me = await eventually('the customer', async () => {
    const found = await read<{ customer_id?: string; phase?: string }>('/me', token);
    return found.phase === 'free' ? found : undefined;
  });
  const customerId = me.customer_id ?? '';
  expect(await journey.world.customer(customerId)).toMatchObject({
    ...{ subject: sub, email: 'ada@app.example', givenName: 'Ada', familyName: 'Lovelace', profile: 'predixa' },
  });
  const { checkout_url: url } = await read<{ checkout_url: string }>('/me/upgrade', token, { plan: 'premium' });
  const form = new URLSearchParams({ card: '4242424242424242', expiry: '12/34', cvc: '123', name: 'Ada' });
  await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  const paid = await eventually('the entitlement', async () => {
    const found = await entitlement(token);
    return found.status === 'active' ? found : undefined;
  });
  expect(paid.plan).toMatch(/^price_/);
  expect(await journey.world.paid(customerId)).toBe(999);

  const headers = { authorization: `Bearer ${token}` };
  const deleted = await fetch(`${apiOf('predixa')}/me/account`, { method: 'DELETE', headers });
  expect(deleted.ok).toBe(true);
  await journey.until({ customerId }, ({ phase, email }) => phase === 'ended' && email === null, 'the deletion');
  expect(await entitlement(token)).toMatchObject({ status: 'none', plan: null });
  // Their issuer has forgotten them too.
  expect(await (await visit.go(identities())).text()).not.toContain('ada@app.example');
});

test('S2-2: nobody else is known: without a token, with a wrong one, and at the product beside it', async () => {
  for (const authorization of ['', 'Bearer x.y.z'])
    expect((await fetch(`${apiOf('predixa')}/me/entitlements`, { headers: { authorization } })).status).toBe(401);
  const visit = new Visit();
  await signUp(visit, 'ben@app.example');
  const token = await signIn(visit, 'ben@app.example');
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${apiOf('predixa')}/me/entitlements`, { headers })).status).toBe(200);
  expect((await fetch(`${apiOf('securebase')}/me/entitlements`, { headers })).status).toBe(401);
  const staff = { authorization: `Bearer ${journey.run.staffToken}` };
  const listed = async (product: string) =>
    (await fetch(`${apiOf(product)}/api/admin/customers?q=app.example`, { headers: staff })).text();
  await eventually('the customer', async () => (await listed('predixa')).includes('ben@app.example'));
  expect(await listed('securebase')).not.toContain('app.example');
});

test.each([
  ['predixa', '7 of 7'],
  ['securebase', '6 of 6'],
])('npm run demo -- --product %s tells a story that is so, line by line', async (product, checks) => {
  const env = { PATH: '/usr/bin:/bin', TENURE_HOME: journey.home };
  const demo = ['api/cli/demo.ts', '--product', product];
  const { stdout } = await promisify(execFile)(process.execPath, demo, { env, timeout: 120_000 });
  expect(stdout).toContain(checks);
});
