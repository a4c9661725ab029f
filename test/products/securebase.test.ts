import type { App } from '../../api/http/app-type.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import { requireTarget } from '../../infra/product/require-target.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { Browser } from '../api/browser.ts';
import { CONFIG, createApiHarness, goodSignup, staff, type ApiHarness } from '../api/harness.ts';

const { profile, mails, words, routes } = await openProduct({ source: 'securebase' });
const product = { words, routes, settings: {} };
const OPENED = { checkoutId: 'cs_test_1', checkoutUrl: 'https://checkout.stripe.example/c/pay/cs_test_1' };

let harness: ApiHarness;
let app: App;
beforeAll(async () => {
  harness = await createApiHarness();
  app = await harness.another({ profile, product });
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.answers = [() => OPENED];
});

let asked = 0;
const body = (change: object = {}) => ({
  ...{ tier: 'healthcare', email: `admin${String((asked += 1))}@hospital.example`, name: 'Hospital Corp' },
  use_pilot_coupon: false,
  ...change,
});
const checkout = (payload: object, of = app, remoteAddress = '192.0.2.1') =>
  of.inject({ method: 'POST', url: '/checkout', payload, remoteAddress });
const termsOf = async (email: string) =>
  (await harness.database.selectFrom('prospects').select('terms').where('email', '=', email).executeTakeFirst())?.terms;

test('S0-3 S0-13: four tiers at their prices in cents, each with its framework; the coupon of the pilot program', () => {
  expect(profile.plans.map(({ id, monthlyCents, framework }) => [id, monthlyCents, framework])).toEqual([
    ['standard', 200_000, 'cis'],
    ['fintech', 800_000, 'soc2'],
    ['healthcare', 1_500_000, 'hipaa'],
    ['government', 2_500_000, 'fedramp'],
  ]);
  expect(profile).toMatchObject({ currency: 'usd', trialDays: 30 });
  expect(profile.coupons).toEqual([
    {
      ...{ id: 'pilot50off', name: 'Pilot Program - 50% off for 6 months', percentOff: 50 },
      ...{ duration: 'repeating', months: 6, isOffered: true },
    },
  ]);
});

test("S0-3 S0-10: a customer whom staff creates has the framework of the tier, or staff's own; a repeat is the same", async () => {
  const create = async (change: object) => {
    const { email, company_name } = goodSignup();
    const payload = { email, company_name, reason: 'signed', ...change };
    const ask = () => app.inject({ method: 'POST', url: '/api/admin/customers', payload, headers: staff });
    return [(await ask()).json<object>(), (await ask()).json<object>()];
  };
  const [one, other] = [newCustomerId(), newCustomerId()];
  const frameworkOf = async (id: string) => {
    const detail = await app.inject({ url: `/api/admin/customers/${id}`, headers: staff });
    return detail.json<{ customer: { framework: unknown } }>().customer.framework;
  };
  expect(await create({ plan: 'fintech', customer_id: one })).toMatchObject([
    { outcome: 'created' },
    { outcome: 'already_there' },
  ]);
  await create({ plan: 'fintech', customer_id: other, framework: 'pci' });
  expect([await frameworkOf(one), await frameworkOf(other)]).toEqual(['soc2', 'pci']);
  const [bogus] = await create({ plan: 'fintech', framework: 'bogus' });
  expect(bogus).toMatchObject({
    problems: [{ field: 'framework', message: 'framework must be one of cis, soc2, hipaa, fedramp, pci.' }],
  });
});

test('S0-2: a Checkout is answered with its address and its id', async () => {
  const sent = body({ tier: 'Government' });
  const reply = await checkout(sent);
  expect([reply.statusCode, reply.json()]).toEqual([
    200,
    { checkout_url: OPENED.checkoutUrl, session_id: OPENED.checkoutId },
  ]);
  expect(await termsOf(sent.email)).toMatchObject({ plan: 'government', trialDays: 30 });
});

test('S0-11: its customers get a landing zone in AWS, or what TENANT_TARGET says instead', async () => {
  const config = { ...CONFIG, terms: { ...CONFIG.terms, target: 'local' } };
  const [there, here] = [body(), body()];
  await checkout(there);
  await checkout(here, await harness.another({ profile, product, config }));
  expect([await termsOf(there.email), await termsOf(here.email)]).toMatchObject([
    { target: 'aws-landing-zone' },
    { target: 'local' },
  ]);
  await expect(requireTarget('moon', 'TENANT_TARGET')).rejects.toThrow(
    'TENANT_TARGET names the target "moon". There are: local, aws-landing-zone.',
  );
});

test('S0-7 S0-13: the pilot discount is for those who ask for it', async () => {
  const [asks, does] = [body(), body({ use_pilot_coupon: true })];
  for (const sent of [asks, does]) expect((await checkout(sent)).statusCode).toBe(200);
  expect(await termsOf(asks.email)).not.toHaveProperty('coupon');
  expect(await termsOf(does.email)).toMatchObject({ coupon: { id: 'pilot50off', percentOff: 50, months: 6 } });
});

const TIERS = 'Must be one of: standard, fintech, healthcare, government';
test.each([
  ['no address', { email: undefined }, 'email', 'Email is required'],
  ['a blank address', { email: ' ' }, 'email', 'Email is required'],
  ['an address that is none', { email: 'admin@hospital' }, 'email', 'Invalid email format'],
  ['an address with a line break', { email: 'a@hospital.example\nBcc: b@x.example' }, 'email', 'Invalid email format'],
  ['a disposable address', { email: 'a@tempmail.com' }, 'email', 'Disposable email addresses are not allowed'],
  ['another of them', { email: 'A@Mailinator.COM' }, 'email', 'Disposable email addresses are not allowed'],
  ['one below such a domain', { email: 'a@x.mailinator.com' }, 'email', 'Disposable email addresses are not allowed'],
  ['no name', { name: undefined }, 'name', 'Company name is required (minimum 2 characters)'],
  ['a name of one character', { name: ' x ' }, 'name', 'Company name is required (minimum 2 characters)'],
  ['a name of 101', { name: 'x'.repeat(101) }, 'name', 'Company name is too long (maximum 100 characters)'],
  ['a tier that is not sold', { tier: 'gold' }, 'tier', `Invalid tier: gold. ${TIERS}`],
  ['a member of every object', { tier: 'constructor' }, 'tier', `Invalid tier: constructor. ${TIERS}`],
  ['everything wrong: the address comes first', { email: '', name: '', tier: '' }, 'email', 'Email is required'],
])('S0-4: %s is refused in the words of the source', async (_what, change, field, text) => {
  const before = await harness.count('prospects');
  const reply = await checkout(body(change));
  expect(reply.statusCode).toBe(400);
  expect(reply.json()).toMatchObject({ error: text, code: 'validation_failed' });
  const { problems } = reply.json<{ problems: { field: string; message: string }[] }>();
  expect(problems[0]).toEqual({ field, message: text });
  expect(await harness.count('prospects')).toBe(before);
});

test.each([
  ['a tier that is a list', { tier: ['standard'] }],
  ['an address that is an object', { email: { $ne: null } }],
  ['a coupon that is text', { use_pilot_coupon: 'yes please' }],
])('S0-4: %s is refused by its shape', async (_what, change) => {
  const reply = await checkout(body(change));
  expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([400, 'validation_failed']);
});

test('S0-4: names of 2 and of 100 characters are accepted', async () => {
  for (const name of ['HC', 'x'.repeat(100)]) expect((await checkout(body({ name }))).statusCode).toBe(200);
});

test('S0-4: the rules hold at every door', async () => {
  const [email, company_name] = ['a@guerrillamail.com', 'x'];
  for (const [url, payload] of [
    ['/api/customers/signup', goodSignup({ email, company_name })],
    ['/api/customers/checkout', { email, company_name }],
    ['/api/admin/customers', { email, company_name, reason: 'x' }],
  ] as const) {
    const headers = url.includes('admin') ? staff : {};
    const reply = await app.inject({ method: 'POST', url, payload, headers });
    expect(reply.statusCode).toBe(400);
    const { problems } = reply.json<{ problems: { field: string; message: string }[] }>();
    expect(problems).toEqual([
      { field: 'email', message: 'Disposable email addresses are not allowed' },
      { field: 'company_name', message: 'company_name must have at least 2 characters.' },
    ]);
  }
});

test('S0-4: a customer cannot sign up a second time', async () => {
  const { email, company_name } = goodSignup();
  const payload = { email, company_name, reason: 'signed' };
  await app.inject({ method: 'POST', url: '/api/admin/customers', payload, headers: staff });
  const reply = await checkout(body({ email: email.toUpperCase().replace('EXAMPLE.COM', 'example.com') }));
  expect([reply.statusCode, reply.json()]).toMatchObject([
    400,
    { error: 'An active subscription already exists for this email address.', code: 'email_taken' },
  ]);
});

test('S0-5: the sixth signup of an hour from one address is refused, by whichever process it comes', async () => {
  const config = { ...CONFIG, signup: { enabled: true, perHour: undefined } };
  const processes = [
    await harness.another({ profile, product, config }),
    await harness.another({ profile, product, config }),
  ];
  const from = (n: number, ip: string) => checkout(body(), processes[n % 2], ip);
  for (let n = 0; n < 5; n += 1) expect((await from(n, '198.51.100.7')).statusCode).toBe(200);
  const sixth = await from(5, '198.51.100.7');
  expect([sixth.statusCode, sixth.json()]).toMatchObject([
    429,
    { error: 'Rate limit exceeded. Maximum 5 signups per hour per IP address.', code: 'rate_limited' },
  ]);
  expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
  expect((await from(0, '198.51.100.8')).statusCode).toBe(200);
  const buckets = await harness.database.selectFrom('rateLimits').selectAll().execute();
  expect(JSON.stringify(buckets)).not.toContain('198.51.100');
});

test('S0-5: one mailbox is told that it is limited, not its address on the network', async () => {
  const limited = await harness.another({
    ...{ profile, product },
    config: { ...CONFIG, signup: { enabled: true, perHour: 1 } },
  });
  const reply = async (ip: string, n: number) =>
    (await checkout(body({ email: `flooded+${String(n)}@hospital.example` }), limited, ip)).json<object>();
  expect(await reply('203.0.113.1', 1)).toMatchObject({ session_id: OPENED.checkoutId });
  expect(await reply('203.0.113.2', 2)).toMatchObject({
    ...{ error: 'Too many signups', message: expect.stringContaining('for this mailbox') as string },
  });
});

test('S0-8: signups can be closed', async () => {
  const closed = await harness.another({
    ...{ profile, product },
    config: { ...CONFIG, signup: { enabled: false, perHour: undefined } },
  });
  const reply = await checkout(body(), closed);
  expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([503, 'signup_closed']);
});

test('S0-6: the same request with the same key is the same prospect', async () => {
  const payload = body();
  const headers = { 'idempotency-key': 'one-and-the-same' };
  for (let n = 0; n < 3; n += 1) await app.inject({ method: 'POST', url: '/checkout', payload, headers });
  const rows = await harness.database.selectFrom('prospects').selectAll().where('email', '=', payload.email).execute();
  expect(rows).toHaveLength(1);
});

test('S0-7: a signup is verified by the id of its Checkout; an unknown one is refused', async () => {
  const unknown = await app.inject('/checkout/verify?session_id=cs_test_unknown');
  expect([unknown.statusCode, unknown.json<{ code: string }>().code]).toEqual([404, 'not_found']);
  for (const query of ['', '?session_id=', '?session_id=a%20b', `?session_id=${'x'.repeat(256)}`])
    expect((await app.inject(`/checkout/verify${query}`)).statusCode).toBe(400);
  const sent = body();
  await checkout(sent);
  const checkoutId = 'cs_test_verified';
  await harness.database.updateTable('prospects').set({ checkoutId }).where('email', '=', sent.email).execute();
  const reply = await app.inject(`/checkout/verify?session_id=${checkoutId}`);
  expect(reply.json()).toEqual({
    ...{ success: false, status: 'open', customer_id: null },
    message: 'Waiting for Stripe to confirm the payment.',
  });
});

test('S0-9: the steps of an onboarding: both mails, the billing account, the trial, the landing zone', () => {
  expect(profile.steps.map(({ name, title }) => [name, title])).toEqual([
    ['welcomeMail', 'Send the welcome mail'],
    ['stripeCustomer', 'Open your billing account'],
    ['trialSubscription', 'Start your trial'],
    ['stack', 'Build your landing zone'],
    ['instanceHealth', 'Check your landing zone'],
    ['readyMail', 'Email you that your landing zone is ready'],
    ['passwordMail', 'Send the link to set your password'],
  ]);
  expect(mails['passwordSetup']).toMatchObject({ subject: 'Set Up Your SecureBase Password', links: ['setPassword'] });
});

test('its document has both endpoints with an example that is accepted', async () => {
  const { paths } = (await app.inject('/docs/json')).json<{
    paths: Record<string, { post?: { requestBody: { content: Record<string, { example?: object }> } } }>;
  }>();
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/checkout', '/checkout/verify']));
  const example = paths['/checkout']?.post?.requestBody.content['application/json']?.example;
  expect((await checkout(example ?? {})).statusCode).toBe(200);
});

describe('the page of the signup', () => {
  const form = (change: object = {}): Record<string, string> => ({
    ...{ company_name: 'Hospital Corp', full_name: '', plan: 'healthcare' },
    ...{ email: `page${String((asked += 1))}@hospital.example`, ...change },
  });

  test('S0-1 S0-7: it offers the tiers at their prices and the pilot discount, asks for no password, and leads to Stripe', async () => {
    const browser = new Browser(app);
    const { body } = await browser.get('/signup');
    for (const text of [
      ...['Try SecureBase for 30 days', 'Healthcare, $15,000 a month</option>', 'Continue to payment'],
      ...['name="coupon" value="pilot50off"', 'Pilot Program - 50% off for 6 months', 'charged when the trial ends'],
    ])
      expect(body).toContain(text);
    expect(body).not.toMatch(/type="password"|No card needed|1 device| checked/);
    const [usual, pilot] = [form(), form({ coupon: 'pilot50off' })];
    for (const sent of [usual, pilot]) {
      const reply = await browser.post('/signup', sent);
      expect([reply.statusCode, reply.headers.location]).toEqual([303, OPENED.checkoutUrl]);
    }
    expect(await termsOf(usual['email'] ?? '')).not.toHaveProperty('coupon');
    expect(await termsOf(pilot['email'] ?? '')).toMatchObject({ coupon: { id: 'pilot50off' } });
    expect(
      await harness.database
        .selectFrom('customers')
        .where('email', '=', pilot['email'] ?? '')
        .execute(),
    ).toEqual([]);
  });

  test('S0-7: what is wrong is shown beside its field, and the choices are kept', async () => {
    const browser = new Browser(app);
    await browser.get('/signup');
    const sent = form({ email: 'a@mailinator.com', company_name: 'x', coupon: 'pilot50off' });
    const reply = await browser.post('/signup', sent);
    expect(reply.statusCode).toBe(400);
    for (const text of [
      ...['Disposable email addresses are not allowed', 'Company must have at least 2 characters'],
      ...['value="pilot50off"  checked', 'value="healthcare"  selected>'],
    ])
      expect(reply.body).toContain(text);
  });

  test('S0-7: the link of the pilot program ticks its box, and shows what it does to the prices', async () => {
    const { body } = await new Browser(app).get('/signup?coupon=pilot50off');
    expect(body).toContain('value="pilot50off"  checked');
    expect(body).toContain('Standard, $1,000, then $2,000 a month');
    expect(body).toContain('Your landing zone is ready in a few minutes.');
  });

  test('S0-6: a form that is sent twice opens one Checkout; when that is over, another', async () => {
    const browser = new Browser(app);
    await browser.get('/signup');
    const sent = form();
    const rows = () =>
      harness.database
        .selectFrom('prospects')
        .selectAll()
        .where('email', '=', sent['email'] ?? '')
        .execute();
    for (let n = 0; n < 2; n += 1) expect((await browser.post('/signup', sent)).statusCode).toBe(303);
    const [prospect] = await rows();
    expect(await rows()).toHaveLength(1);
    await harness.database
      .updateTable('prospects')
      .set({ endedAt: new Date(), state: 'abandoned' })
      .where('customerId', '=', prospect?.customerId ?? '')
      .execute();
    expect((await browser.post('/signup', sent)).statusCode).toBe(303);
    expect(await rows()).toHaveLength(2);
  });

  test('S0-8: it is closed with the signups', async () => {
    const closed = await harness.another({
      ...{ profile, product },
      config: { ...CONFIG, signup: { enabled: false, perHour: undefined } },
    });
    const { body } = await new Browser(closed).get('/signup');
    expect(body).toContain('not taking new customers');
    expect(body).not.toContain('<form method="post" action="/signup"');
  });

  test('nobody signs up without paying, over the API neither', async () => {
    const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
    expect([reply.statusCode, reply.json()]).toMatchObject([409, { code: 'pays_first' }]);
  });
});
