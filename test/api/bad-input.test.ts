import { createApiHarness, goodSignup, member, staff, type ApiHarness, type Member } from './harness.ts';

let harness: ApiHarness;
let own: Member;
beforeAll(async () => {
  harness = await createApiHarness();
  own = await member(harness);
});
afterAll(() => harness.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const TABLES = ['customers', 'accounts', 'licences', 'auditEvents', 'corrections', 'stripeEvents'] as const;
const stored = () => Promise.all(TABLES.map((table) => harness.count(table)));
const admin = (command: string): string => `/api/admin/customers/:own/${command}`;
const unknown = 'cust_00000000-0000-4000-8000-000000000000';
const card = '4242 4242 4242 4242';

const CASES: readonly (readonly [
  string,
  number,
  { url: string; payload?: string | Buffer | object; headers?: Record<string, string> },
])[] = [
  ['malformed JSON', 400, { url: '/api/customers/signup', payload: '{"email":', headers: JSON_TYPE }],
  ['an empty body', 400, { url: '/api/customers/signup', payload: '', headers: JSON_TYPE }],
  ['JSON that is no object', 400, { url: '/api/customers/signup', payload: '[1]', headers: JSON_TYPE }],
  ['null', 400, { url: '/api/customers/signup', payload: 'null', headers: JSON_TYPE }],
  ['a poisoned prototype', 400, { url: '/api/customers/signup', payload: '{"__proto__":{"x":1}}', headers: JSON_TYPE }],
  [
    'a password that is not UTF-8',
    400,
    {
      url: '/api/customers/signup',
      payload: Buffer.from(JSON.stringify(goodSignup({ password: 'Passw\xf6rd1' })), 'latin1'),
      headers: JSON_TYPE,
    },
  ],
  ['a body of 2 MB', 413, { url: '/api/customers/signup', payload: { email: 'x'.repeat(2_000_000) } }],
  [
    'a form for JSON',
    415,
    {
      url: '/api/customers/signup',
      payload: 'email=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
  ],
  [
    'a made-up type',
    415,
    { url: '/api/customers/signup', payload: '{}', headers: { 'content-type': 'application/json-ish' } },
  ],
  [
    'a type with a tab',
    415,
    {
      url: '/api/customers/signup',
      payload: '{"email":1}',
      headers: { 'content-type': 'text/plain\tapplication/json' },
    },
  ],
  [
    'lists in lists in lists',
    400,
    { url: '/api/customers/login', payload: '['.repeat(5_000) + ']'.repeat(5_000), headers: JSON_TYPE },
  ],
  [
    'half of a character in an address',
    400,
    { url: '/api/customers/login', payload: '{"email":"a\\ud800@b.cc","password":"x"}', headers: JSON_TYPE },
  ],
  [
    'half of a character in a corrected name',
    400,
    {
      url: admin('replay'),
      payload: '{"reason":"x","corrections":{"company_name":"a\\ud800"}}',
      headers: { ...staff, ...JSON_TYPE },
    },
  ],
  ['a NUL in a name', 400, { url: '/api/customers/signup', payload: goodSignup({ company_name: 'a\0b' }) }],
  ['a line break in a name', 400, { url: '/api/customers/signup', payload: goodSignup({ company_name: 'a\nBcc: b' }) }],
  ['a NUL in a password', 400, { url: '/api/customers/login', payload: { email: 'a@b.de', password: 'a\0b' } }],
  ['a NUL in a reason', 400, { url: admin('replay'), payload: { reason: 'x\0' }, headers: staff }],
  [
    'a blank company',
    400,
    { url: admin('replay'), payload: { reason: 'x', corrections: { company_name: '  ' } }, headers: staff },
  ],
  ['card text in a name', 400, { url: '/api/customers/signup', payload: goodSignup({ company_name: `Pay ${card}` }) }],
  [
    'card text in an unknown field',
    400,
    { url: '/api/customers/signup', payload: goodSignup({ x: { y: ['4242-4242-4242-4242'] } }) },
  ],
  [
    'a card as a number',
    400,
    { url: '/api/customers/login', payload: { email: 'a@b.de', password: 4242424242424242 } },
  ],
  ['a card as a key', 400, { url: '/api/customers/login', payload: { [card]: 1 } }],
  [
    'a card number as an address',
    400,
    { url: '/api/customers/signup', payload: goodSignup({ email: '4242424242424242@example.com' }) },
  ],
  ['login without a password', 400, { url: '/api/customers/login', payload: { email: 'a@b.de' } }],
  ['a path that does not exist', 404, { url: '/api/nothing' }],
  ['an unknown word', 400, { url: admin('cancel'), payload: { when: 'soon', reason: 'x' }, headers: staff }],
  ['no reason', 400, { url: admin('replay'), payload: { from: 'failed' }, headers: staff }],
  ...['a\u202eb', 'a\u001b[31mb', 'a\nb', ' \u200b'].map(
    (reason) =>
      [
        `the reason ${JSON.stringify(reason)}`,
        400,
        { url: admin('cancel'), payload: { when: 'now', reason }, headers: staff },
      ] as const,
  ),
  ['an unknown step', 422, { url: admin('replay'), payload: { from: 'lunch', reason: 'x' }, headers: staff }],
  [
    'an unknown correction',
    400,
    { url: admin('replay'), payload: { reason: 'x', corrections: { phase: 'trial' } }, headers: staff },
  ],
  [
    'a slug that is no host label',
    400,
    { url: admin('replay'), payload: { reason: 'x', corrections: { slug: '-A-' } }, headers: staff },
  ],
  [
    'an address that is none',
    400,
    { url: admin('replay'), payload: { reason: 'x', corrections: { email: 'nope' } }, headers: staff },
  ],
  [
    'a plan that is none',
    400,
    { url: admin('replay'), payload: { reason: 'x', corrections: { plan: 'gold' } }, headers: staff },
  ],
  ['card text in a reason', 400, { url: admin('replay'), payload: { reason: `called about ${card}` }, headers: staff }],
  [
    'a line separator in a name',
    400,
    { url: '/api/customers/signup', payload: goodSignup({ company_name: 'a\u2028b' }) },
  ],
  ['a name of nothing', 400, { url: '/api/customers/signup', payload: goodSignup({ company_name: '\u200b' }) }],
  ['a web address as a name', 400, { url: '/api/customers/signup', payload: goodSignup({ full_name: 'win.com' }) }],
  [
    'letters SES cannot take',
    400,
    { url: '/api/customers/signup', payload: goodSignup({ email: 'jörg@example.com' }) },
  ],
  [
    'a year that Postgres has not',
    400,
    { url: '/api/admin/replay-batches', payload: { since: '0000-01-01T00:00:00Z', reason: 'x' }, headers: staff },
  ],
  [
    'an offset that nobody has',
    400,
    { url: '/api/admin/replay-batches', payload: { since: '2026-01-01T00:00:00+23:59', reason: 'x' }, headers: staff },
  ],
  ['a text as a date', 400, { url: admin('advance'), payload: { to: '2026-02-30T00:00:00Z' }, headers: staff }],
  ['no date', 400, { url: admin('advance'), payload: { to: 'tomorrow' }, headers: staff }],
  ['days below zero', 400, { url: admin('extend-trial'), payload: { days: -1, reason: 'x' }, headers: staff }],
  [
    'days that move nothing',
    400,
    { url: admin('extend-trial'), payload: { days: 1e-320, reason: 'x' }, headers: staff },
  ],
  ['days as text', 400, { url: admin('extend-trial'), payload: { days: '3', reason: 'x' }, headers: staff }],
  [
    'an id that is none of ours',
    400,
    { url: '/api/admin/customers/1;drop/cancel', payload: { when: 'now', reason: 'x' }, headers: staff },
  ],
  [
    'an unknown customer',
    404,
    { url: `/api/admin/customers/${unknown}/cancel`, payload: { when: 'now', reason: 'x' }, headers: staff },
  ],
  [
    'an odd idempotency key',
    400,
    { url: admin('cancel'), payload: { when: 'now', reason: 'x' }, headers: { ...staff, 'idempotency-key': 'a b' } },
  ],
];

// Card numbers in every place are among them.
test.each(CASES)('S0-15: %s: %i, one shape, nothing stored', async (_name, status, request) => {
  const before = await stored();
  const reply = await harness.app.inject({
    method: 'POST',
    ...request,
    url: request.url.replace(':own', own.customerId),
  });
  expect(reply.statusCode).toBe(status);
  const body = reply.json<{ problems: { field: string; message: string }[] }>();
  expect(Object.keys(body).sort()).toEqual(['code', 'error', 'message', 'problems']);
  for (const problem of body.problems) expect(Object.keys(problem).sort()).toEqual(['field', 'message']);
  expect(reply.body).not.toMatch(/4242[ -]?4242/);
  expect(harness.log()).not.toMatch(/4242[ -]?4242/);
  expect(await stored()).toEqual(before);
  expect(harness.temporal.updates).toEqual([]);
});

test.each([
  '?phase=lunch',
  '?limit=0',
  '?limit=101',
  '?limit=1e3',
  '?attention=x%20y',
  '?page=2',
  '?limit=1&limit=2',
  '?q=%00',
])('list with %s: 400', async (query) => {
  expect((await harness.app.inject({ url: `/api/admin/customers${query}`, headers: staff })).statusCode).toBe(400);
});

test('S0-15: addresses and companies with many digits are no card numbers', async () => {
  const bodies = Array.from({ length: 40 }, (_, index) => {
    const digits = String(3_434_567_890 + index * 7_919);
    return goodSignup({ email: `case-${digits}-${digits.slice(0, 5)}@example.com`, company_name: `Case ${digits}` });
  });
  const replies = await Promise.all(
    bodies.map((payload) => harness.app.inject({ method: 'POST', url: '/api/customers/signup', payload })),
  );
  expect(replies.filter(({ statusCode }) => statusCode === 400)).toEqual([]);
});

test('a failure of ours tells nothing of itself', async () => {
  const broken = new Proxy(harness.deps.database, {
    get: () => {
      throw new Error('password=hunter2 at 10.0.0.1 for "ada@example.com"');
    },
  });
  const app = await harness.another({ database: broken });
  const reply = await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() });
  expect(reply.statusCode).toBe(500);
  expect(reply.json()).toMatchObject({ error: 'Signup failed', code: 'internal_error', problems: [] });
  expect(reply.body).not.toContain('hunter2');
  expect(harness.log()).toContain('request failed');
  expect(harness.log()).not.toContain('ada@example.com');
});

test.each([
  ['{"a":1,"__proto__":{"x":1}}', /member named "__proto__"/],
  ['{"constructor":{"prototype":{"x":1}}}', /a "constructor" with a "prototype"/],
  ['{"email":', /not valid JSON/],
  [Buffer.from('{"email":"\xe9"}', 'latin1'), /not valid UTF-8/],
  ['', /Send a JSON body/],
])('why %p cannot be read is said', async (payload, words) => {
  const reply = await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload, headers: JSON_TYPE });
  expect(reply.json<{ message: string }>().message).toMatch(words);
});

test.each([
  [{ 'content-type': 'application/json; charset=utf-16' }, 'must be in UTF-8'],
  [{ 'content-type': 'application/json; charset="ISO-8859-1"' }, 'must be in UTF-8'],
  [{ ...JSON_TYPE, 'content-encoding': 'gzip' }, 'must not be compressed'],
  [{ 'content-type': 'application/x-www-form-urlencoded; charset=windows-1252' }, 'must be in UTF-8'],
])('a body that is said to be something else is not read as what it is not: %p', async (headers, words) => {
  const form = headers['content-type'].includes('form');
  const payload = form ? 'email=a&password=b' : JSON.stringify({ email: 'a', password: 'b' });
  const url = form ? '/login' : '/api/customers/login';
  const reply = await harness.app.inject({ method: 'POST', url, payload, headers });
  expect([reply.statusCode, reply.body]).toEqual([400, expect.stringContaining(words)]);
});

test.each(['application/json; charset=UTF-8', 'application/json;charset="utf-8"'])('%s is taken', async (type) => {
  const payload = JSON.stringify({ email: 'a@b.example', password: 'b' });
  const headers = { 'content-type': type, 'content-encoding': 'identity' };
  const reply = await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload, headers });
  expect(reply.statusCode).toBe(401);
});

test.each(['%FF', '%', '%zz', '%E0%A4%A'])(
  'a search for %s, which is not encoded, is refused and not made',
  async (q) => {
    const reply = await harness.app.inject({ url: `/api/admin/customers?q=${q}`, headers: staff });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ message: expect.stringContaining('two hexadecimal digits') as string });
    const encoded = await harness.app.inject({ url: '/api/admin/customers?q=100%25+%C3%A4?', headers: staff });
    expect(encoded.statusCode).toBe(200);
  },
);
