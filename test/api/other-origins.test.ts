import type { App } from '../../api/http/app-type.ts';
import { ConfigError, loadApiConfig } from '../../infra/config.ts';
import { Settings } from '../../infra/settings.ts';
import { readApi } from '../../infra/config/sections.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { createApiHarness, member, staff, type ApiHarness } from './harness.ts';

const PORTAL = 'https://portal.securebase.example';
const { profile, words, routes } = await openProduct({ source: 'securebase' });
const product = { words, routes, settings: {} };

let harness: ApiHarness;
let app: App;
let own: App;
let payer: App;
beforeAll(async () => {
  harness = await createApiHarness();
  const { config } = harness.deps;
  const allowing = { ...config, api: { ...config.api, allowedOrigins: [PORTAL, 'http://localhost:5173'] } };
  app = await harness.another({ profile, product, config: allowing });
  own = await harness.another({ config: allowing });
  payer = await harness.another({ profile, product });
  harness.temporal.answers = [() => ({ checkoutId: 'cs_1', checkoutUrl: 'https://checkout.stripe.example/1' })];
});
afterAll(() => harness.stop());

/** What a browser asks before it sends JSON to another origin. */
const preflight = (url: string, origin: string, of = app) =>
  of.inject({
    ...{ method: 'OPTIONS', url },
    headers: {
      ...{ origin, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
      ...{ 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    },
  });
const from = (origin: string, site = 'cross-site') => ({ origin, 'sec-fetch-site': site });
const good = (name: string) => ({ tier: 'standard', email: `${name}@hospital.example`, name: 'Hospital Corp' });
const allowsOrigin = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) =>
  headers['access-control-allow-origin'];

test('S0-7: a front end on a listed origin opens a Checkout and asks how it went', async () => {
  const asked = await preflight('/checkout', PORTAL);
  expect(asked.statusCode).toBe(204);
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': PORTAL,
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': 'authorization, content-type, idempotency-key',
    vary: expect.stringContaining('Origin') as string,
  });
  expect(asked.headers['access-control-allow-methods']).toContain('POST');
  const opened = await app.inject({ method: 'POST', url: '/checkout', payload: good('a'), headers: from(PORTAL) });
  expect(opened.statusCode).toBe(200);
  expect(allowsOrigin(opened)).toBe(PORTAL);
  const verified = await app.inject({ url: '/checkout/verify?session_id=cs_1', headers: from(PORTAL) });
  // No workflow has noted the Checkout here; the page may read the answer, whatever it is.
  expect([verified.statusCode, allowsOrigin(verified)]).toEqual([404, PORTAL]);
  const wrong = await app.inject({ method: 'POST', url: '/checkout', payload: {}, headers: from(PORTAL) });
  expect([wrong.statusCode, allowsOrigin(wrong)]).toEqual([400, PORTAL]);
});

test.each([
  'https://evil.example',
  `${PORTAL}.evil.example`,
  'http://portal.securebase.example',
  'https://sub.portal.securebase.example',
  'null',
  PORTAL.toUpperCase(),
])('S0-7: %s is not listed, and may neither ask nor send', async (origin) => {
  expect(allowsOrigin(await preflight('/checkout', origin))).toBeUndefined();
  const sent = await app.inject({ method: 'POST', url: '/checkout', payload: good('b'), headers: from(origin) });
  expect([sent.statusCode, allowsOrigin(sent)]).toEqual([403, undefined]);
});

test('S0-7: without a list nothing of another origin is let in', async () => {
  expect(allowsOrigin(await preflight('/checkout', PORTAL, payer))).toBeUndefined();
  const headers = from(PORTAL);
  const sent = await payer.inject({ method: 'POST', url: '/checkout', payload: good('c'), headers });
  expect([sent.statusCode, allowsOrigin(sent)]).toEqual([403, undefined]);
});

test('S0-7: cookies are taken from a listed origin alone; console and pages from none', async () => {
  const { token } = await member({ app: own });
  const cookies = { 'tenure-customer': token };
  const me = (headers: object) => own.inject({ url: '/me', cookies, headers: { ...headers } });
  const listed = await me(from(PORTAL, 'same-site'));
  expect([listed.statusCode, allowsOrigin(listed), listed.headers['access-control-allow-credentials']]).toEqual([
    ...[200, PORTAL, 'true'],
  ]);
  expect(allowsOrigin(await me(from('https://evil.example')))).toBeUndefined();
  const order = (url: string, headers: object) =>
    own.inject({ method: 'POST', url, payload: { when: 'now' }, cookies, headers: { ...headers } });
  expect((await order('/me/cancel', from('https://evil.example'))).statusCode).toBe(403);
  expect((await order('/me/cancel', from(PORTAL, 'same-site'))).statusCode).not.toBe(403);

  for (const url of ['/account', '/login', '/console/login', '/api/admin/customers']) {
    expect(allowsOrigin(await own.inject({ url, cookies, headers: { ...from(PORTAL), ...staff } }))).toBeUndefined();
  }
  expect(allowsOrigin(await preflight('/api/admin/customers', PORTAL))).toBeUndefined();
  const form = await own.inject({ method: 'POST', url: '/logout', payload: {}, cookies, headers: from(PORTAL) });
  expect(form.statusCode).toBe(403);
});

test('an address that does not exist, and a method that is not supported, are answered as before', async () => {
  expect((await app.inject({ url: '/nowhere' })).statusCode).toBe(404);
  expect((await app.inject({ method: 'DELETE', url: '/checkout' })).statusCode).toBe(405);
});

test.each([
  '*',
  'https://*.example',
  'portal.example',
  'https://portal.example/',
  'https://portal.example:443',
  'ftp://a',
])('S0-7: ALLOWED_ORIGINS=%s is refused at the start', (origins) => {
  const env = { STAFF_TOKEN: 'a-token-of-the-staff', ALLOWED_ORIGINS: `https://good.example, ${origins}` };
  expect(() => readApi(new Settings('api', env))).toThrow(ConfigError);
  expect(() => readApi(new Settings('api', env))).toThrow('ALLOWED_ORIGINS must be origins such as https://');
  expect(() => loadApiConfig(env)).toThrow('ALLOWED_ORIGINS');
});

test('S0-7: several origins are read; outside development they are https', () => {
  const env = { STAFF_TOKEN: 'a-token-of-the-staff', ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173' };
  expect(readApi(new Settings('api', env)).allowedOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
  const production = { ...env, NODE_ENV: 'production', PUBLIC_URL: 'https://x.example', TRUST_PROXY: 'none' };
  expect(() => readApi(new Settings('api', production))).toThrow(
    'and https outside development, not "http://localhost',
  );
});

describe('S0-7: the way back from a Checkout to a front end elsewhere', () => {
  const leads = async (of: App, url: string): Promise<string> => {
    const { statusCode, headers } = await of.inject(url);
    return `${String(statusCode)} ${String(headers.location)}`;
  };

  test('leads to its page, which is told the Checkout, or that it was cancelled', async () => {
    const { config } = harness.deps;
    const appUrl = `${PORTAL}/billing`;
    const elsewhere = await harness.another({
      profile,
      product,
      config: { ...config, api: { ...config.api, appUrl } },
    });
    const sent = await elsewhere.inject({ method: 'POST', url: '/checkout', payload: good('return') });
    expect(sent.statusCode).toBe(200);
    await harness.database.updateTable('prospects').set({ checkoutId: 'cs_r' }).execute();
    expect(await leads(elsewhere, '/welcome?session_id=cs_r')).toBe(`303 ${appUrl}?session_id=cs_r`);
    expect(await leads(elsewhere, '/welcome/cancelled')).toBe(`303 ${appUrl}?checkout=cancelled`);
    const customer = await member(harness);
    const back = await own.inject({ url: '/upgrade/cancelled', headers: customer.headers });
    expect(back.headers.location).toBe('/account');
    expect(await leads(payer, '/welcome/cancelled')).toBe('303 /');
  });

  test.each(['portal.example', 'ftp://portal.example/x', 'https://portal.example/#x'])(
    'APP_URL=%s is refused',
    (url) => {
      const env = { STAFF_TOKEN: 'a-token-of-the-staff', APP_URL: url };
      expect(() => readApi(new Settings('api', env))).toThrow('APP_URL must be the address of a page such as https://');
    },
  );
});
