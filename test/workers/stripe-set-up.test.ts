import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Stripe from 'stripe';
import { agreedWith, priceOf, soldAs } from '../../activities/billing/catalogue.ts';
import type { BillingDeps } from '../../activities/billing/deps.ts';
import { STRIPE_API_VERSION } from '../../activities/billing/doctor.ts';
import { createStripeClient } from '../../activities/billing/stripe-client.ts';
import { STRIPE_EVENTS } from '../../api/webhooks/events.ts';
import { ConfigError, surveyServices } from '../../infra/config.ts';
import { readProducts } from '../../infra/config/products.ts';
import { readStripe } from '../../infra/config/stripe.ts';
import { createLogger } from '../../infra/logger.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { Settings } from '../../infra/settings.ts';
import { startStripeEmulator } from '../../infra/stripe-emulator/server.ts';
import { setUpStripe } from '../../workers/stripe/set-up.ts';
import { lookAtStripe } from '../../workers/doctor/looks.ts';
import { openStripe } from '../../workers/open-stripe.ts';
import { findPlan } from '../../workflows/domain/profiles/index.ts';
import { resolveTerms } from '../../workflows/domain/terms.ts';
import { findStripeOpenapi } from '../support/stripe-openapi.ts';

// Over the emulator, which is checked against Stripe's OpenAPI document.
const KEY = 'sk_test_setup';
const URL_OF_ENDPOINT = 'https://securebase.example/webhooks/stripe';
let emulator: Awaited<ReturnType<typeof startStripeEmulator>>;
let stripe: ReturnType<typeof createStripeClient>;
let settings: Record<string, string>;
beforeAll(async () => {
  emulator = await startStripeEmulator({
    ...{ port: 0, dataFile: ':memory:', secretKey: KEY, webhooks: [] },
    openapiFile: await findStripeOpenapi(),
  });
  stripe = createStripeClient({ secretKey: KEY, apiBase: emulator.url });
  settings = {
    ...{ STRIPE_SECRET_KEY: KEY, STRIPE_API_BASE: emulator.url, TENURE_PRODUCT: 'securebase' },
    PUBLIC_URL: 'https://securebase.example',
  };
});
afterAll(() => emulator.close());

interface More {
  readonly change?: Readonly<Record<string, string>>;
  readonly live?: boolean;
  readonly webhookUrl?: string;
}

/** The command without its process. @returns its lines after the first one, and its exit code */
async function stripeCommand(command: 'plan' | 'apply', { change = {}, live = false, webhookUrl }: More = {}) {
  const said: string[] = [];
  const here = { survey: surveyServices(() => ({ ...settings, ...change })), home: undefined };
  const order = { apply: command === 'apply', live, webhookUrl, say: (text: string) => void said.push(text) };
  const code = await setUpStripe(here, order);
  return { code, said };
}

const { profile: securebase } = await openProduct({ source: 'securebase' });
const HEAD = 'Stripe (test mode), SecureBase';
const NOTHING = { code: 0, said: [`${HEAD}: nothing to do.`] };
const DONE = 'Done.';
const LATER = '"npm run -s tenure -- stripe apply" does it.';

const tiers = [
  ['standard', 200_000],
  ['fintech', 800_000],
  ['healthcare', 1_500_000],
  ['government', 2_500_000],
] as const;

test('S0-23 S0-13: plan shows what the source makes by hand and changes nothing, apply makes it, and again it is nothing', async () => {
  const planned = await stripeCommand('plan');
  expect(planned.code).toBe(1);
  expect(planned.said).toEqual([
    `${HEAD}:`,
    '  make product prod_standard (SecureBase Standard)',
    '  make product prod_fintech (SecureBase Fintech)',
    '  make product prod_healthcare (SecureBase Healthcare)',
    '  make product prod_government (SecureBase Government)',
    '  make price securebase_standard_monthly, 2000.00 USD a month',
    '  make price securebase_fintech_monthly, 8000.00 USD a month',
    '  make price securebase_healthcare_monthly, 15000.00 USD a month',
    '  make price securebase_government_monthly, 25000.00 USD a month',
    '  make coupon pilot50off, 50 % off, repeating for 6 months',
    `  make webhook endpoint to ${URL_OF_ENDPOINT}, ${String(Object.keys(STRIPE_EVENTS).length)} events, version ${STRIPE_API_VERSION}`,
    LATER,
  ]);
  expect((await stripe.products.list()).data).toEqual([]);
  expect((await stripe.webhookEndpoints.list()).data).toEqual([]);

  const applied = await stripeCommand('apply');
  expect(applied.code).toBe(0);
  expect(applied.said.at(-1)).toBe(DONE);
  for (const [tier, cents] of tiers) {
    const { data } = await stripe.prices.list({ product: `prod_${tier}` });
    expect(data).toMatchObject([
      {
        ...{ unit_amount: cents, currency: 'usd', lookup_key: `securebase_${tier}_monthly` },
        recurring: { interval: 'month', interval_count: 1 },
      },
    ]);
  }
  expect(await stripe.coupons.retrieve('pilot50off')).toMatchObject({
    ...{ percent_off: 50, duration: 'repeating', duration_in_months: 6 },
    name: 'Pilot Program - 50% off for 6 months',
  });
  const [endpoint, ...others] = (await stripe.webhookEndpoints.list()).data;
  expect(others).toEqual([]);
  expect(endpoint).toMatchObject({ url: URL_OF_ENDPOINT, status: 'enabled', api_version: STRIPE_API_VERSION });
  expect(endpoint?.enabled_events).toEqual(
    expect.arrayContaining([
      ...['checkout.session.completed', 'invoice.payment_succeeded', 'invoice.payment_failed'],
      ...['customer.subscription.updated', 'customer.subscription.deleted'],
    ]),
  );
  const secrets = applied.said.join('\n').match(/STRIPE_WEBHOOK_SECRET=whsec_\w+/g);
  expect(secrets).toHaveLength(1);

  expect(await stripeCommand('plan')).toEqual(NOTHING);
  expect(await stripeCommand('apply')).toEqual(NOTHING);
});

describe('S0-23 what was changed by hand in Stripe is shown, and mended where no customer is touched', () => {
  const priceOf = async (tier: string) => {
    const { data } = await stripe.prices.list({ lookup_keys: [`securebase_${tier}_monthly`] });
    if (!data[0]) throw new Error(`No price of ${tier}.`);
    return data[0];
  };
  const endpointOf = async () => {
    const { data } = await stripe.webhookEndpoints.list();
    if (!data[0]) throw new Error('No endpoint.');
    return data[0];
  };
  const shownAndMended = async (line: string): Promise<void> => {
    expect(await stripeCommand('plan')).toEqual({ code: 1, said: [`${HEAD}:`, `  ${line}`, LATER] });
    expect(await stripeCommand('apply')).toEqual({ code: 0, said: [`${HEAD}:`, `  done: ${line}`, DONE] });
    expect(await stripeCommand('plan')).toEqual(NOTHING);
  };

  test('a price that was archived', async () => {
    const { id } = await priceOf('standard');
    await stripe.prices.update(id, { active: false });
    await shownAndMended('bring back price securebase_standard_monthly, 2000.00 USD a month: it is archived');
    expect((await stripe.prices.list({ product: 'prod_standard' })).data).toMatchObject([{ id, active: true }]);
  });

  test('a product that was archived', async () => {
    await stripe.products.update('prod_fintech', { active: false });
    await shownAndMended('bring back product prod_fintech (SecureBase Fintech): it is archived');
  });

  test('another amount under the lookup key: who pays that goes on with it', async () => {
    const { id } = await priceOf('fintech');
    await stripe.prices.update(id, { active: false, lookup_key: '' });
    const dearer = await stripe.prices.create({
      ...{ product: 'prod_fintech', currency: 'usd', unit_amount: 900_000, recurring: { interval: 'month' } },
      lookup_key: 'securebase_fintech_monthly',
    });
    await shownAndMended(
      'make price securebase_fintech_monthly_usd_800000, 8000.00 USD a month (securebase_fintech_monthly is 9000.00 USD, where the catalogue says 8000.00 USD a month; who pays that goes on with it)',
    );
    expect(await stripe.prices.retrieve(dearer.id)).toMatchObject({
      ...{ active: true, lookup_key: 'securebase_fintech_monthly' },
    });
  });

  test('an endpoint that was disabled, and one with an event less', async () => {
    const { id, enabled_events: events } = await endpointOf();
    await stripe.webhookEndpoints.update(id, { disabled: true });
    await shownAndMended(`switch on the webhook endpoint to ${URL_OF_ENDPOINT}: it is disabled`);
    await stripe.webhookEndpoints.update(id, { enabled_events: ['invoice.paid', 'price.created'] });
    const line = (await stripeCommand('plan')).said[1] ?? '';
    expect(line).toContain('checkout.session.completed, ');
    await shownAndMended(line.trim());
    const now = await endpointOf();
    expect(now).toMatchObject({ id, status: 'enabled' });
    expect(new Set(now.enabled_events)).toEqual(new Set([...events, 'price.created']));
  });

  test('a coupon that was deleted', async () => {
    await stripe.coupons.del('pilot50off');
    await shownAndMended('make coupon pilot50off, 50 % off, repeating for 6 months');
  });

  test('what nobody can mend is told: another coupon under the id, a version, two endpoints', async () => {
    await stripe.coupons.del('pilot50off');
    await stripe.coupons.create({ id: 'pilot50off', percent_off: 40, duration: 'once' });
    const { id } = await endpointOf();
    await stripe.webhookEndpoints.del(id);
    const own = { url: URL_OF_ENDPOINT, enabled_events: ['*'] as ['*'] };
    const first = await stripe.webhookEndpoints.create(own);
    const lines = [
      '  by hand: coupon pilot50off is 40 % off, once, where the catalogue says 50 % off, repeating for 6 months. Stripe changes no coupon: give the coupon of the product another id',
      `  by hand: webhook endpoint to ${URL_OF_ENDPOINT}: its API version is the one of the account, and ${STRIPE_API_VERSION} is needed. Stripe changes no version: delete the endpoint (dashboard > Developers > Webhooks), then apply this again`,
    ];
    expect(await stripeCommand('plan')).toEqual({ code: 1, said: [`${HEAD}:`, ...lines] });
    expect(await stripeCommand('apply')).toEqual({ code: 1, said: [`${HEAD}:`, ...lines, '2 left to do.'] });
    await stripe.webhookEndpoints.create(own);
    expect((await stripeCommand('plan')).said[2]).toContain('2 webhook endpoints send to');
    expect(await stripe.webhookEndpoints.retrieve(first.id)).toMatchObject({ status: 'enabled' });
  });
});

describe('S0-19 prices and coupon that the settings name', () => {
  const logger = createLogger('test', 'silent');
  const profile = securebase;
  const priced = async (cents: number, interval: 'month' | 'year' = 'month') => {
    const order = { currency: 'usd', unit_amount: cents, recurring: { interval } };
    return (await stripe.prices.create({ ...order, product_data: { name: 'By hand' } })).id;
  };
  const starting = async (change: Readonly<Record<string, string>>) => {
    const { stripe: config } = { stripe: readStripe(new Settings('lifecycle-worker', { ...settings, ...change })) };
    await openStripe(config, [{ profile }], logger);
    return config;
  };

  test('the right one is what customers are charged by, and the subscription is of its plan', async () => {
    const id = await priced(1_500_000);
    const config = await starting({ STRIPE_PRICE_HEALTHCARE: id, STRIPE_PILOT_COUPON: 'pilot50off' });
    const plan = findPlan(profile, 'healthcare') ?? profile.plans[0];
    const deps = { stripe, config } as unknown as BillingDeps;
    const agreed = agreedWith({ profile: profile.name, plan: plan.id, terms: resolveTerms(profile, plan) });
    expect(await priceOf(deps, agreed)).toBe(id);
    const subscription = { items: { data: [{ price: await stripe.prices.retrieve(id) }] } };
    expect(soldAs(deps, { profile: profile.name }, subscription as unknown as Stripe.Subscription)).toMatchObject({
      plan: plan.id,
    });
    // Who agreed to another price goes on with that.
    const other = { ...agreed, cents: 1_400_000 };
    expect(await priceOf(deps, other)).not.toBe(id);
  });

  test.each([
    ['another amount', () => priced(2_500), 'is 25.00 USD, where the catalogue says 2000.00 USD a month.'],
    ['by the year', () => priced(200_000, 'year'), 'is paid every year.'],
    ['no price', () => Promise.resolve('price_nothing'), 'Stripe has no price price_nothing.'],
  ])('%s: the worker does not start, and doctor and command say why', async (_name, make, sentence) => {
    const change = { STRIPE_PRICE_STANDARD: await make() };
    await expect(starting(change)).rejects.toThrow(ConfigError);
    await expect(starting(change)).rejects.toThrow(sentence);
    const { code, said } = await stripeCommand('apply', { change });
    expect(code).toBe(1);
    expect(said.join()).toMatch(/^by hand: STRIPE_PRICE_STANDARD: /);
    expect(said.join()).toContain(sentence);
    const here = surveyServices(() => ({ ...settings, ...change })).lifecycle.config;
    if (!here.stripe || !here.products) throw new Error('No settings.');
    const findings = await lookAtStripe({ stripe: here.stripe, products: here.products }, { rehearsal: true });
    expect(findings.find(({ check }) => check === 'STRIPE_PRICE_STANDARD')).toMatchObject({
      ...{ state: 'missing', found: expect.stringContaining(sentence) as string },
    });
  });

  test.each([
    [{ STRIPE_PRICE_GOLD: 'price_1' }, 'STRIPE_PRICE_GOLD names no plan that is sold here: STRIPE_PRICE_STANDARD,'],
    [{ STRIPE_PILOT_COUPON: 'half' }, 'STRIPE_PILOT_COUPON is half, which is no coupon of the catalogue (pilot50off).'],
    [{ STRIPE_PRICE_STANDARD: 'standard' }, 'STRIPE_PRICE_STANDARD must be the id of a price in Stripe'],
  ])('%j is refused', async (change, sentence) => {
    await expect(starting(change)).rejects.toThrow(sentence);
  });

  test('a Stripe that is away keeps no worker from starting', async () => {
    const change = { STRIPE_PRICE_STANDARD: 'price_1', STRIPE_API_BASE: 'http://127.0.0.1:9' };
    await expect(starting(change)).resolves.toMatchObject({ prices: { STRIPE_PRICE_STANDARD: 'price_1' } });
  });

  test('PORTAL_URL is another name of PUBLIC_URL', () => {
    const { PUBLIC_URL: url = '', ...others } = settings;
    const [product] = readProducts(new Settings('lifecycle-worker', { ...others, PORTAL_URL: url }));
    expect(product?.publicUrl).toBe('https://securebase.example');
  });
});

describe('S0-23 which key, and which address', () => {
  test('a key of live mode asks for --live, and --live for such a key', async () => {
    const change = { STRIPE_SECRET_KEY: 'sk_live_setup', STRIPE_MODE: 'live', STRIPE_API_BASE: '' };
    await expect(stripeCommand('apply', { change })).rejects.toThrow(
      new ConfigError('STRIPE_SECRET_KEY is of live mode. Say --live to change what real customers are charged by.'),
    );
    await expect(stripeCommand('apply', { live: true })).rejects.toThrow('of test mode, and --live was said');
  });

  test('an address that was told goes before PUBLIC_URL', async () => {
    const { said } = await stripeCommand('plan', { webhookUrl: 'https://hooks.example/stripe' });
    expect(said).toContain(
      `  make webhook endpoint to https://hooks.example/stripe, ${String(Object.keys(STRIPE_EVENTS).length)} events, version ${STRIPE_API_VERSION}`,
    );
  });

  test('one endpoint serves several products: it is made once, wherever it leads, and the doctor asks for no other', async () => {
    const change = {
      TENURE_PRODUCT: 'securebase,iotistic',
      PUBLIC_URL: 'https://securebase.example,https://iotistic.example',
    };
    const made = await stripe.webhookEndpoints.list({ limit: 100 });
    for (const { id } of made.data) await stripe.webhookEndpoints.del(id);
    const endpoints = async () =>
      (await stripeCommand('plan', { change })).said.filter((line) => line.includes('webhook endpoint'));
    expect(await endpoints()).toEqual([
      expect.stringContaining('make webhook endpoint to https://securebase.example/'),
    ]);
    await stripe.webhookEndpoints.create({
      ...{ url: 'https://iotistic.example/webhooks/stripe', api_version: STRIPE_API_VERSION as never },
      enabled_events: Object.keys(STRIPE_EVENTS) as never,
    });
    expect(await endpoints()).toEqual([]);
    const { stripe: config, products } = surveyServices(() => ({ ...settings, ...change })).lifecycle.config;
    if (!config || !products) throw new Error('No settings.');
    const findings = await lookAtStripe({ stripe: config, products }, { rehearsal: true });
    expect(findings.filter(({ check }) => check.startsWith('webhook endpoint'))).toMatchObject([
      { state: 'ok', found: 'enabled, to https://iotistic.example/webhooks/stripe' },
    ]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['price of Standard (SecureBase)', 'price of Starter (Iotistic)']),
    );
  });

  test('a Stripe that does not answer is no reason to make anything', async () => {
    const ran = await stripeCommand('apply', { change: { STRIPE_SECRET_KEY: 'sk_test_another' } });
    expect(ran).toEqual({ code: 4, said: [`${HEAD}: it could not be read. "npm run doctor" says why.`] });
  });
});

/** As a person types it. */
const typed = (...words: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const main = fileURLToPath(new URL('../../api/cli/main.ts', import.meta.url));
    const env = { ...settings, PATH: dirname(process.execPath), TENURE_HOME: '/nowhere' };
    execFile(process.execPath, [main, 'stripe', ...words], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

test('S0-23 the command reads its words: "stripe plan" says it, anything else how it is used', async () => {
  const [planned, wrong] = await Promise.all([typed('plan', '--product', 'tenure'), typed('make')]);
  expect(planned).toMatchObject({ code: 1, err: '' });
  expect(planned.out).toContain('make price tenure_starter_monthly, 99.00 USD a month');
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('Say plan or apply.\nUsage:') as string });
});
