import { CORE_PATHS } from '../../infra/product/check-routes.ts';
import {
  defineProduct,
  defineRoute,
  refuseRequest,
  isRefusal,
  Type,
  type OwnRoute,
} from '../../infra/product/index.ts';
import type { App } from '../../api/http/app-type.ts';
import { tenure } from '../support/default-product.ts';
import { createApiHarness, goodSignup, staffSession, type ApiHarness } from './harness.ts';

const routes: readonly OwnRoute[] = [
  defineRoute({
    ...{ method: 'POST', path: '/orders/:id', access: 'public', summary: 'Order something' },
    params: Type.Object({ id: Type.String({ pattern: '^[a-z]+$' }) }),
    query: Type.Object({ twice: Type.Optional(Type.String()) }),
    body: Type.Object({ count: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
    replies: { 201: Type.Object({ id: Type.String(), count: Type.Integer(), from: Type.String() }) },
    handle: ({ params, query, body, settings }) => {
      const count = query.twice === undefined ? body.count : body.count * 2;
      return Promise.resolve({
        status: 201,
        body: { id: params.id, count, from: settings['PRODUCT_SHOP'], more: 'x' },
      });
    },
  }),
  defineRoute({
    ...{ method: 'GET', path: '/mine', access: 'customer', summary: 'What is mine' },
    replies: { 200: Type.Object({ id: Type.String(), plan: Type.String(), status: Type.String() }) },
    async handle({ customerId, tenure: core }) {
      const { id, plan } = await core.customer(customerId ?? '');
      return { body: { id, plan, status: (await core.entitlement(id)).status } };
    },
  }),
  defineRoute({
    ...{ method: 'POST', path: '/join', access: 'public', summary: 'Sign up in our words' },
    body: Type.Object({ mail: Type.String(), secret: Type.String(), firm: Type.String() }),
    replies: { 201: Type.Object({ id: Type.String() }), 409: Type.Object({ oops: Type.String() }) },
    async handle({ body, tenure: core }) {
      try {
        const made = await core.signUp({ email: body.mail, password: body.secret, companyName: body.firm });
        return { status: 201, body: { id: made.id }, headers: { 'x-made-by': 'us' } };
      } catch (error) {
        if (!isRefusal(error) || error.body.code !== 'email_taken') throw error;
        return { status: 409, body: { oops: error.body.message } };
      }
    },
  }),
  ...(['symbol', 'text', 'nothing'] as const).map((what) =>
    defineRoute({
      ...{ method: 'GET', path: `/throws/${what}`, access: 'public', summary: 'Throw' },
      replies: { 200: Type.Object({}) },
      handle: () => {
        throw { symbol: Symbol('secret'), text: 'secret', nothing: undefined }[what] as unknown as Error;
      },
    }),
  ),
  defineRoute({
    ...{ method: 'GET', path: '/throws/header', access: 'public', summary: 'Break a header' },
    replies: { 200: Type.Object({}) },
    handle: () => Promise.resolve({ body: {}, headers: { 'x-secret': 'a\r\nb: c' } }),
  }),
  // As careless as a product may be: it passes on whatever it was sent.
  ...(['signUp', 'openCheckout', 'createCustomer'] as const).map((how) =>
    defineRoute({
      ...{ method: 'POST', path: `/loose/${how}`, access: 'public', summary: 'Hand on' },
      body: Type.Any(),
      replies: { 200: Type.Object({}) },
      async handle({ body, tenure: core }) {
        await core[how](body as never);
        return { body: {} };
      },
    }),
  ),
  defineRoute({
    ...{ method: 'GET', path: '/refused', access: 'public', summary: 'Refuse' },
    replies: { 200: Type.Object({}) },
    handle: () => Promise.reject(refuseRequest(410, { error: 'Gone', message: 'It is gone.', code: 'gone' })),
  }),
  defineRoute({
    ...{ method: 'GET', path: '/broken', access: 'public', summary: 'Break' },
    replies: { 200: Type.Object({}) },
    handle: () => Promise.reject(new Error('a secret of somebody')),
  }),
  defineRoute({
    ...{ method: 'GET', path: '/for-staff', access: 'operator', summary: 'For staff' },
    replies: { 200: Type.Object({ customer: Type.Union([Type.String(), Type.Null()]) }) },
    handle: ({ customerId }) => Promise.resolve({ body: { customer: customerId } }),
  }),
];

let harness: ApiHarness;
let app: App;
beforeAll(async () => {
  harness = await createApiHarness();
  app = await harness.another({ product: { routes, settings: { PRODUCT_SHOP: 'here' } } });
});
afterAll(() => harness.stop());

const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });

test('a route takes what its schemas say, is given its settings, and answers with what it says it does', async () => {
  const reply = await post('/orders/abc?twice=yes', { count: 2 });
  expect([reply.statusCode, reply.json()]).toEqual([201, { id: 'abc', count: 4, from: 'here' }]);
  const wrong = await post('/orders/ABC', { count: 0, extra: 1 });
  expect(wrong.statusCode).toBe(400);
  const { code, problems } = wrong.json<{ code: string; problems: { field: string }[] }>();
  expect(code).toBe('validation_failed');
  expect(problems.length).toBeGreaterThan(0);
});

test('access is limited as for any other route', async () => {
  expect((await app.inject('/mine')).statusCode).toBe(401);
  expect((await app.inject({ url: '/for-staff', headers: await staffSession(harness, 'support') })).statusCode).toBe(
    403,
  );
  const operator = await app.inject({ url: '/for-staff', headers: await staffSession(harness, 'operator') });
  expect(operator.json()).toEqual({ customer: null });
});

test('a signup in words of its own creates a customer, whom Tenure knows as any other', async () => {
  const { email, password, company_name: firm } = goodSignup();
  const joined = await post('/join', { mail: email, secret: password, firm });
  expect([joined.statusCode, joined.headers['x-made-by']]).toEqual([201, 'us']);
  const again = await post('/join', { mail: email, secret: password, firm });
  expect([again.statusCode, again.json()]).toEqual([409, { oops: 'An account with this email already exists' }]);
  const weak = await post('/join', { mail: 'other@acme.example', secret: 'weak', firm });
  expect([weak.statusCode, weak.json<{ code: string }>().code]).toEqual([400, 'validation_failed']);
  const { token } = (await post('/api/customers/login', { email, password })).json<{ token: string }>();
  const mine = await app.inject({ url: '/mine', headers: { authorization: `Bearer ${token}` } });
  expect(mine.json()).toEqual({ id: joined.json<{ id: string }>().id, plan: 'starter', status: 'none' });
});

const good = { email: 'loose@acme.example', companyName: 'Loose', key: 'k1' };
describe.each(['signUp', 'openCheckout', 'createCustomer'])('what a route hands to %s is held to our rules', (how) => {
  test.each([
    ['an unknown plan', { plan: 'gold' }, 'plan'],
    ['a plan that is no text', { plan: { id: 'starter' } }, 'plan'],
    ['a member of every object', { plan: 'constructor' }, 'plan'],
    ['an unknown region', { region: 'moon' }, 'region'],
    ['a line break in a name', { companyName: 'a\nb' }, 'company_name'],
    ['a name without end', { fullName: 'x'.repeat(5_000) }, 'full_name'],
    ['an unknown cycle', { billingCycle: 'daily' }, 'billing_cycle'],
    ['an unknown currency', { currency: ['usd'] }, 'currency'],
    ['an unknown coupon', { coupon: 'gold' }, 'coupon'],
    ['a list of addresses', { email: ['a@acme.example'] }, 'email'],
  ])('%s', async (_what, wrong, field) => {
    const password = how === 'signUp' ? { password: 'Abcdefg1' } : {};
    const before = await harness.count('customers');
    const reply = await post(`/loose/${how}`, { ...good, ...password, ...wrong });
    expect(reply.statusCode).toBe(400);
    const { problems } = reply.json<{ problems: { field: string }[] }>();
    expect(problems.map((problem) => problem.field)).toContain(field);
    expect([await harness.count('customers'), await harness.count('prospects')]).toEqual([before, 0]);
  });
});

test('a refusal is answered as it is; what breaks tells nobody why', async () => {
  const refused = await app.inject('/refused');
  expect([refused.statusCode, refused.json()]).toMatchObject([410, { error: 'Gone', code: 'gone' }]);
  const broken = await app.inject('/broken');
  expect(broken.statusCode).toBe(500);
  expect(broken.body).not.toContain('secret');
});

test('the document of the API holds them, and only that of their product', async () => {
  const document = async (of: App) => (await of.inject('/docs/json')).json<{ paths: Record<string, unknown> }>().paths;
  expect(Object.keys(await document(app))).toEqual(expect.arrayContaining(['/orders/{id}', '/mine', '/join']));
  expect(Object.keys(await document(harness.app))).not.toContain('/mine');
});

/** The addresses in the tree that the framework prints. */
function served(of: App): string[] {
  const above: string[] = [];
  return of
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', part = ''] = /^([│ ]*)[├└]── (\S+)/.exec(line) ?? [];
      above.splice(indent.length / 4, Infinity, part);
      return line.includes(' (') ? [above.join('').replaceAll('//', '/')] : [];
    });
}

test('every address of ours is one that a product cannot take', async () => {
  const { paths } = (await harness.app.inject('/docs/json')).json<{ paths: Record<string, unknown> }>();
  const addresses = [...Object.keys(paths), ...served(harness.app)];
  expect(addresses.length).toBeGreaterThan(60);
  const free = addresses.filter((path) => !CORE_PATHS.some((core) => path === core || path.startsWith(`${core}/`)));
  expect(new Set(free)).toEqual(new Set(['/']));
});

const product = (own: readonly OwnRoute[]) => () =>
  defineProduct({ name: 'shop', brand: { name: 'Shop' }, plans: tenure.plans, routes: own });
const [route] = routes as readonly [OwnRoute];

test.each([
  ['one that is ours', { ...route, path: '/me/orders' }, '/me and everything below it belongs to Tenure'],
  ['no path', { ...route, path: 'orders' }, 'a path is like /checkout'],
  ['no summary', { ...route, summary: ' ' }, 'summary is empty'],
  ['no reply', { ...route, replies: {} }, 'describe at least the successful reply'],
  ['a GET with a body', { ...route, method: 'GET' as const }, 'a GET has no body'],
  ['an unknown method', { ...route, method: 'LOOK' as never }, 'method must be one of "GET"'],
  ['a body of no type', { ...route, body: { type: 'nonsense' } }, '.body is not a valid schema'],
  ['a reply of no type', { ...route, replies: { 200: { type: 7 } } }, '.replies.200 is not a valid schema'],
  ['a reply of no status', { ...route, replies: { 999: Type.Object({}) } }, '.replies.999: use a status code of HTTP'],
  ['no handler', { ...route, handle: undefined as never }, 'handle must be a function'],
])('a product with a route that is wrong is refused: %s', (_what, wrong, text) => {
  expect(product([wrong])).toThrow(text);
});

test('two routes of one shape are refused, however they name their parameters', () => {
  expect(product([route, { ...route, path: '/orders/:other' }])).toThrow('defined twice');
});

test.each(['symbol', 'text', 'nothing', 'header'])('what a route throws is a 500 without details: %s', async (what) => {
  const reply = await app.inject({ url: `/throws/${what}` });
  expect([reply.statusCode, reply.json()]).toMatchObject([500, { code: 'internal_error', problems: [] }]);
  expect(reply.body).not.toContain('secret');
});
