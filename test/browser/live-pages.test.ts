import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SUPPORT_TOKEN, createApiHarness, goodSignup, member, type ApiHarness } from '../api/harness.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { launchChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';

// In a real browser: a page that is right as text may be dead in it.
let harness: ApiHarness;
let browser: Browser;
let origin: string;
beforeAll(async () => {
  [harness, browser] = await Promise.all([createApiHarness(), launchChromium()]);
  origin = await harness.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await browser.close();
  await harness.stop();
});

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Swagger UI styles itself inline, which our policy refuses; it looks right without these styles. */
const ACCEPTED = /Applying inline style violates/;
const troubles: string[] = [];
async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !ACCEPTED.test(message.text())) troubles.push(message.text());
  });
  return page;
}
afterEach(() => {
  expect(troubles.splice(0)).toEqual([]);
});

async function asSupport(viewport: typeof DESK): Promise<Page> {
  const page = await open(await browser.newContext({ viewport }));
  await page.goto(`${origin}/console/login`);
  await page.getByLabel('Your name').fill('Sam');
  await page.getByLabel('Staff token').fill(SUPPORT_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${origin}/console`);
  return page;
}

const set = (customerId: string, change: object): Promise<unknown> =>
  harness.database
    .updateTable('customers')
    .set({ ...change, updatedAt: new Date() })
    .where('customerId', '=', customerId)
    .execute();

test("the console's page of a customer follows what happens, in every part of it", async () => {
  const { customerId } = await member(harness, { company_name: 'Watched Ltd' });
  await set(customerId, { attention: 'stack', standing: 'failed' });
  const page = await asSupport(DESK);
  // It arrives well after the script that it extends.
  await page.route('**/hx-sse.min.js', async (route) => {
    await eventually('htmx to run', () => page.evaluate("typeof htmx === 'object'"));
    await page.evaluate('new Promise((run) => setTimeout(run))');
    await route.continue();
  });
  await page.goto(`${origin}/console/customers/${customerId}`);
  await page.getByText('onboarding failed at stack').first().waitFor();
  const why = await page.locator('#why').textContent();
  await set(customerId, { phase: 'trial', attention: null, standing: 'active', deploymentStatus: 'ready' });
  await page.getByText('The available actions have changed').waitFor();
  await page.getByText('onboarding failed at stack').first().waitFor({ state: 'detached' });
  expect(await page.locator('#why').textContent()).not.toBe(why);
});

test('a page whose first call for news is refused shows no refusal, and follows what happens all the same', async () => {
  const { customerId } = await member(harness, { company_name: 'Refused Ltd' });
  const page = await asSupport(DESK);
  let calls = 0;
  await page.route('**/events?*', (route) => {
    calls += 1;
    return calls === 1 ? route.fulfill({ status: 503, body: 'away' }) : route.continue();
  });
  await page.goto(`${origin}/console/customers/${customerId}`);
  await set(customerId, { phase: 'trial', attention: null, standing: 'active', deploymentStatus: 'ready' });
  await page.getByText('The available actions have changed').waitFor();
  expect(await page.content()).not.toContain('away');
  expect(calls).toBe(2);
  expect(troubles.splice(0)).toEqual([expect.stringContaining('503')]);
});

test('a customer who signs up on a phone sees the onboarding continue without loading the page again', async () => {
  const page = await open(await browser.newContext({ viewport: PHONE }));
  await page.goto(`${origin}/signup`);
  const { email, password } = goodSignup();
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Company').fill('Pocket Ltd');
  await page.getByRole('button', { name: /Start|Sign up|Create/ }).click();
  await page.waitForURL(`${origin}/onboarding`);
  const { customerId } = await harness.database
    .selectFrom('customers')
    .select('customerId')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  await set(customerId, { phase: 'trial', standing: 'active', deploymentStatus: 'ready' });
  await page.getByText('is ready.').waitFor();
});

test.each([
  '/console',
  '/console/differences',
  '/console/events',
  '/console/outages',
  '/console/batches',
  '/console/login',
  '/docs',
  '/signup',
])('%s fits a phone: nothing sticks out to the side', async (path) => {
  const page = await asSupport(PHONE);
  await page.goto(`${origin}${path}`);
  const [needed, there] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(needed).toBeLessThanOrEqual(there);
});

test('S0-13: the prices of the signup follow the tick of the coupon at once, and are right without a script', async () => {
  const { profile, words, routes } = await openProduct({ source: 'securebase' });
  const app = await harness.another({ profile, product: { words, routes, settings: {} } });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/signup`;
  const page = await open(await browser.newContext({ viewport: PHONE }));
  const [full, less] = ['Standard, $2,000 a month', 'Standard, $1,000, then $2,000 a month'];
  const shown = () => page.locator('option[value="standard"]').textContent();
  await page.goto(url);
  expect(await shown()).toBe(full);
  const tick = page.getByRole('checkbox');
  await tick.check();
  expect(await shown()).toBe(less);
  await tick.uncheck();
  expect(await shown()).toBe(full);
  await page.goto(`${url}?coupon=pilot50off`);
  expect(await shown()).toBe(less);
  await tick.uncheck();
  expect(await shown()).toBe(full);
  const still = await open(await browser.newContext({ viewport: PHONE, javaScriptEnabled: false }));
  await still.goto(`${url}?coupon=pilot50off`);
  expect(await still.locator('option[value="standard"]').textContent()).toBe(less);
});
