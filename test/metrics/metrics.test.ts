import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../../api/http/app-type.ts';
import { recordWhere } from '../support/log-lines.ts';
import { DatabaseUnavailableError } from '../../infra/db/outage.ts';
import { beginCounting, serveMetrics } from '../../infra/metrics.ts';
import { defineRoute, Type } from '../../infra/product/index.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { createApiHarness, type ApiHarness } from '../api/harness.ts';
import { firing, readAlarms, valuesOf, type Sample } from './alarms.ts';

const { profile, words, routes } = await openProduct({ source: 'securebase' });
const hook = defineRoute({
  ...{ method: 'POST', path: '/hooks/elsewhere', access: 'public', summary: 'A sign-up elsewhere' },
  replies: { 200: Type.Object({}) },
  handle: () => Promise.reject(new Error('It fails.')),
});
const away = defineRoute({
  ...{ method: 'POST', path: '/away', access: 'public', summary: 'Postgres is away' },
  replies: { 200: Type.Object({}) },
  handle: () => Promise.reject(new DatabaseUnavailableError('Postgres is not available.')),
});

let harness: ApiHarness;
let app: App;
let open: Awaited<ReturnType<typeof serveMetrics>>;
beforeAll(async () => {
  harness = await createApiHarness();
  app = await harness.another({ profile, product: { words, routes: [...routes, hook, away], settings: {} } });
  beginCounting([profile.name]);
  open = await serveMetrics({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  open.close();
  await harness.stop();
});

const address = (path = '/metrics') => `http://127.0.0.1:${String(open.port)}${path}`;
const scrape = async (): Promise<string> => (await fetch(address())).text();
const post = (url: string, payload: object, headers = {}) =>
  app.inject({ method: 'POST', url, payload, headers, remoteAddress: '192.0.2.9' });
const good = { tier: 'standard', email: 'ops@hospital.example', name: 'Hospital Corp' };

const COUNTED: readonly (readonly [string, () => Promise<unknown>, Readonly<Record<string, number>>])[] = [
  ['a Checkout', () => post('/checkout', good), { SignupAttempts: 1 }],
  ['a wrong address', () => post('/checkout', { ...good, email: 'x' }), { SignupAttempts: 1, ValidationErrors: 1 }],
  ['an address that is a number', () => post('/checkout', { email: 5 }), { SignupAttempts: 1, ValidationErrors: 1 }],
  [
    'a Checkout by the path of the core',
    () => post('/api/customers/checkout', {}),
    { SignupAttempts: 1, ValidationErrors: 1 },
  ],
  ['a signup by that', () => post('/api/customers/signup', {}), { SignupAttempts: 1, ValidationErrors: 1 }],
  ['a form', () => post('/signup', {}), { SignupAttempts: 1 }],
  ['a webhook without a signature', () => post('/webhooks/stripe', {}), { WebhookErrors: 1 }],
  ['the same at its other path', () => post('/stripe/webhook', {}), { WebhookErrors: 1 }],
  ['entitlements without a token', () => app.inject({ url: '/me/entitlements' }), { EntitlementsUnauthorized: 1 }],
  ['a hook that fails', () => post('/hooks/elsewhere', {}), { HookFailures: 1, FunctionErrors: 1 }],
  ['Postgres is away', () => post('/away', {}), { DatabaseErrors: 1 }],
  ['a page', () => app.inject({ url: '/signup' }), {}],
];

test.each(COUNTED)('S0-20 S2-9: %s is counted, for its product alone', async (_name, act, counted) => {
  harness.temporal.answers = [() => ({ checkoutId: 'cs_1', checkoutUrl: 'https://checkout.stripe.example/1' })];
  const before = await scrape();
  await act();
  const after = await scrape();
  const names = [...after.matchAll(/^# TYPE (\w+) counter$/gm)].map(([, name = '']) => name);
  expect(names).toEqual(expect.arrayContaining(['RateLimitExceeded', 'StripeErrors', 'OnboardingSuccess']));
  const changes = names.flatMap((name) => {
    const [from, to] = [valuesOf(before, name), valuesOf(after, name)];
    return Object.keys(to).flatMap((product) => {
      const by = (to[product] ?? 0) - (from[product] ?? 0);
      return by === 0 ? [] : [[`${name} ${product}`, by]];
    });
  });
  expect(Object.fromEntries(changes)).toEqual(
    Object.fromEntries(Object.entries(counted).map(([name, by]) => [`${name} ${profile.name}`, by])),
  );
});

test('S0-20: a signup too many is RateLimitExceeded', async () => {
  const strict = await harness.another({
    ...{ profile, product: { words, routes, settings: {} } },
    config: { ...harness.deps.config, signup: { enabled: true, perHour: 1 } },
  });
  const before = valuesOf(await scrape(), 'RateLimitExceeded')[profile.name] ?? 0;
  for (const name of ['One Corp', 'Two Corp']) {
    const payload = { ...good, email: `${name.slice(0, 3)}@hospital.example`, name };
    await strict.inject({ method: 'POST', url: '/checkout', payload, remoteAddress: '198.51.100.7' });
  }
  expect(valuesOf(await scrape(), 'RateLimitExceeded')).toMatchObject({ [profile.name]: before + 1 });
});

test('S0-20: the lines of checkout and webhook have a stream of their own; nobody is in any series', async () => {
  await post('/checkout', { ...good, email: 'canary@hospital.example' });
  await post('/webhooks/stripe', {});
  const lines = recordWhere(harness.log());
  expect(lines({ route: '/checkout' })?.['stream']).toBe('checkout');
  expect(lines({ route: '/webhooks/stripe' })?.['stream']).toBe('webhook');
  expect(lines({ route: '/me/entitlements' })?.['stream']).toBeUndefined();
  expect(await scrape()).not.toMatch(/canary|hospital|192\.0\.2|cust_/);
});

test('S0-20: the address of the metrics has nothing else, and that of the pages has no metrics', async () => {
  expect((await fetch(address('/'))).status).toBe(404);
  expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404);
});

describe('S0-20 S2-9 alarms', () => {
  const alarms = readAlarms();
  const alarm = (name: string) => {
    const found = alarms.find((each) => each.name === name);
    if (!found) throw new Error(`There is no alarm ${name}.`);
    return found;
  };

  test('have the names and thresholds of the sources, counters that exist, and a place in a runbook', async () => {
    expect(alarm('signup-failure-rate')).toMatchObject({ counter: 'ValidationErrors', windowSeconds: 300, above: 10 });
    expect(alarm('webhook-processing-errors')).toMatchObject({ counter: 'WebhookErrors', windowSeconds: 60, above: 5 });
    const text = await scrape();
    for (const { counter, runbook } of alarms) {
      expect(valuesOf(text, counter)).toHaveProperty(profile.name);
      const [file = '', anchor = ''] = runbook.split('#');
      const headings = readFileSync(join(import.meta.dirname, '../..', file), 'utf8').match(/^#+ .+$/gm) ?? [];
      const anchors = headings.map((heading) => heading.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-'));
      expect(anchors).toContain(anchor);
    }
  });

  /** Each act, with a sample 10 seconds after it. */
  async function after(times: number, act: () => Promise<unknown>): Promise<readonly Sample[]> {
    const samples: Sample[] = [{ atSeconds: 0, text: await scrape() }];
    for (let time = 1; time <= times; time += 1) {
      await act();
      samples.push({ atSeconds: time * 5, text: await scrape() });
    }
    return samples;
  }

  test.each([
    ['signup-failure-rate', 10, () => post('/checkout', { ...good, email: 'x' })],
    ['webhook-processing-errors', 5, () => post('/webhooks/stripe', {})],
    ['entitlements-401s', 20, () => app.inject({ url: '/me/entitlements' })],
    ['hook-failures', 0, () => post('/hooks/elsewhere', {})],
    ['function-errors', 5, () => post('/hooks/elsewhere', {})],
    ['database-throttling', 5, () => post('/away', {})],
  ])('%s fires for the product at more than %i, and neither before nor long after', async (name, above, act) => {
    const samples = await after(above + 1, act);
    expect(firing(alarm(name), samples.slice(0, -1))).toEqual([]);
    expect(firing(alarm(name), samples)).toEqual([profile.name]);
    const later = (samples.at(-1)?.atSeconds ?? 0) + alarm(name).windowSeconds;
    expect(firing(alarm(name), [...samples, { atSeconds: later, text: await scrape() }])).toEqual([]);
  });
});
