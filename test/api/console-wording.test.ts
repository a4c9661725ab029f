import { createApiHarness, member, STAFF_TOKEN, type ApiHarness } from './harness.ts';
import { Browser } from './browser.ts';

let harness: ApiHarness;
let staff: Browser;
beforeAll(async () => {
  harness = await createApiHarness();
  staff = new Browser(harness.app);
  await staff.get('/console/login');
  await staff.post('/console/login', { name: 'Ann', token: STAFF_TOKEN });
});
afterAll(() => harness.stop());

const FAILED = { step: 'trialSubscription', epoch: 1, state: 'failed', undoState: 'undone', attempts: 3 } as const;

/** Two steps failed, and what one of them left behind was cleared away. */
async function parked() {
  const customer = await member(harness, { company_name: 'Halted' });
  const change = { phase: 'onboarding', attention: 'trialSubscription,stack', standing: 'failed' };
  const { customerId } = customer;
  await harness.database.updateTable('customers').set(change).where('customerId', '=', customerId).execute();
  await harness.database
    .insertInto('onboardingSteps')
    .values([
      { ...FAILED, customerId, errorType: 'StripeUnavailable' },
      { customerId, step: 'stack', epoch: 1, state: 'done', attempts: 1 },
    ])
    .execute();
  return customer;
}

test('a failed step stays failed when what it left behind was cleared away, in the console and for the customer', async () => {
  const { customerId, token } = await parked();
  const { body } = await staff.get(`/console/customers/${customerId}`);
  expect(body).toMatch(/trialSubscription<\/td>\s*<td[^>]*><span class="badge bad">failed<\/span> <span[^>]*>undone</);
  const headers = { authorization: `Bearer ${token}` };
  const progress = (await harness.app.inject({ url: '/onboarding', headers })).body.replace(/\s+/g, ' ');
  expect(progress).toContain('Start your trial <small>failed, try 3</small>');
  expect(progress).toContain('Check that your instance responds <small>not started</small>');
});

test.each(['undoing', 'undo_failed'])(
  'to the customer it has failed also while what it left behind is %s',
  async (undoState) => {
    const { customerId, token } = await parked();
    await harness.database
      .updateTable('onboardingSteps')
      .set({ undoState })
      .where('customerId', '=', customerId)
      .where('step', '=', 'trialSubscription')
      .execute();
    const headers = { authorization: `Bearer ${token}` };
    const progress = (await harness.app.inject({ url: '/onboarding', headers })).body.replace(/\s+/g, ' ');
    expect(progress).toContain('Start your trial <small>failed, try 3</small>');
  },
);

test('each step that needs a person has a badge of its own', async () => {
  await parked();
  const { body } = await staff.get('/console?attention=any');
  expect(body).toContain('<span class="badge bad">trialSubscription</span> <span class="badge bad">stack</span>');
});

test.each(['dry-run', 'replay', 'refund'])(
  'the address of the form %s, gone to again, is the customer',
  async (form) => {
    const { customerId } = await member(harness);
    const { statusCode, headers } = await staff.get(`/console/customers/${customerId}/${form}`);
    expect([statusCode, headers['location']]).toEqual([303, `/console/customers/${customerId}`]);
  },
);

test('undoing a cancellation is offered to whom it would help', async () => {
  const { customerId, headers } = await member(harness);
  await harness.database
    .updateTable('customers')
    .set({ phase: 'trial' })
    .where('customerId', '=', customerId)
    .execute();
  const seen = async (leavesAtEnd: boolean) => {
    const status = { phase: 'trial', waitingFor: 'x', now: new Date(0), nextAt: null, leavesAtEnd, steps: {} };
    harness.temporal.queries = { customerStatus: () => status };
    const support = (await staff.get(`/console/customers/${customerId}`)).body.includes('Undo a cancellation');
    const customer = (await harness.app.inject({ url: '/account', headers })).body.includes('Keep my plan');
    return { support, customer };
  };
  expect(await seen(false)).toEqual({ support: false, customer: false });
  expect(await seen(true)).toEqual({ support: true, customer: true });
  harness.temporal.queries = {};
});

test('a form is one command however often it is sent, and none once the customer has moved on', async () => {
  const { customerId } = await member(harness);
  const set = (phase: string) =>
    harness.database.updateTable('customers').set({ phase }).where('customerId', '=', customerId).execute();
  await set('trial');
  const path = `/console/customers/${customerId}`;
  const { body } = await staff.get(path);
  const [, key = ''] = /extend-trial"[^]*?name="key"[^>]*value="([^"]+)"/.exec(body) ?? [];
  expect(body).toContain('name="phase" value="trial"');
  const form = { key, phase: 'trial', days: '3', reason: 'asked' };
  harness.temporal.answers = [() => ({ trialEndsAt: '2027-01-01T00:00:00.000Z' })];
  await staff.post(`${path}/extend-trial`, form);
  const [first] = harness.temporal.updates.slice(-1);
  await staff.post(`${path}/extend-trial`, form);
  expect(harness.temporal.updates.at(-1)).toEqual(first);

  await set('subscription');
  const before = harness.temporal.updates.length;
  const late = await staff.post(`${path}/cancel`, { phase: 'trial', when: 'now', reason: 'asked' });
  expect(late.statusCode).toBe(409);
  expect(late.body).toContain('has changed since the page was loaded');
  expect(harness.temporal.updates).toHaveLength(before);
});

test('a customer who has left waits for nothing', async () => {
  const { customerId } = await member(harness);
  await harness.database
    .updateTable('customers')
    .set({ phase: 'ended' })
    .where('customerId', '=', customerId)
    .execute();
  expect((await staff.get(`/console/customers/${customerId}`)).body).not.toContain('Waiting for');
});

test.each([
  ['/console/customers/cust_00000000-0000-4000-8000-000000000000', 'href="/console">Customers'],
  ['/console/nowhere', 'href="/console">Customers'],
  ['/nowhere', 'href="/">Start page'],
])('%s is not found, and leads back to where one came from', async (url, wayOn) => {
  const session = await staff.get('/console');
  expect(session.statusCode).toBe(200);
  const { statusCode, body } = await staff.get(url, { accept: 'text/html' });
  expect(statusCode).toBe(404);
  expect(body).toContain(wayOn);
  expect(body).not.toContain('name="_csrf" value=""');
});

test('the steps of an onboarding stand in its order, the newest try of each first', async () => {
  const { customerId } = await member(harness);
  const tries = [
    ['readyMail', 1],
    ['stack', 2],
    ['welcomeMail', 1],
    ['stack', 1],
    ['stripeCustomer', 1],
  ] as const;
  await harness.database.deleteFrom('onboardingSteps').where('customerId', '=', customerId).execute();
  await harness.database
    .insertInto('onboardingSteps')
    .values(tries.map(([step, epoch]) => ({ customerId, step, epoch, state: 'done', attempts: 1 })))
    .execute();
  const { body } = await staff.get(`/console/customers/${customerId}`);
  const rows = [...body.matchAll(/data-label="Step">(\w+)<.*?data-label="Try">(\d)/gs)].map(([, step, epoch]) => [
    step,
    Number(epoch),
  ]);
  expect(rows).toEqual([
    ['welcomeMail', 1],
    ['stripeCustomer', 1],
    ['stack', 2],
    ['stack', 1],
    ['readyMail', 1],
  ]);
});

test('the form of a replay shows what is now, and offers the plans and regions there are', async () => {
  const { customerId, email } = await parked();
  const { body } = await staff.get(`/console/customers/${customerId}`);
  expect(body).toMatch(new RegExp(`id="replay-email"[^>]* placeholder="${email}"`));
  expect(body).toMatch(/<label for="replay-slug">Slug/);
  expect(body).toMatch(/id="replay-slug"[^>]* placeholder="halted[^"]*"/);
  const [, plans = ''] = /<select id="replay-plan" name="plan">(.*?)<\/select>/s.exec(body) ?? [];
  const offered = [...plans.matchAll(/<option value="(\w*)"[^>]*>\s*([^<]*?)\s*<\/option>/g)].map(([, ...one]) => one);
  expect(offered).toEqual([
    ['', 'as it is: starter'],
    ['professional', 'professional'],
    ['enterprise', 'enterprise'],
  ]);
});

test('what Stripe sent and nobody has to act on is left out of the timeline, and counted', async () => {
  const { customerId } = await member(harness);
  const event = { customerId, livemode: false, eventCreatedAt: new Date() };
  const reason = 'Tenure does not use events of this type';
  await harness.database
    .insertInto('stripeEvents')
    .values([
      { ...event, eventId: 'evt_noise', type: 'customer.created', state: 'ignored', reason },
      { ...event, eventId: 'evt_used', type: 'invoice.paid', state: 'done', reason: null },
    ])
    .execute();
  const body = (await staff.get(`/console/customers/${customerId}`)).body.replace(/\s+/g, ' ');
  expect(body).toContain('invoice.paid');
  expect(body).not.toContain('customer.created');
  expect(body).toContain(`href="/console/events?customer=${customerId}"`);
  expect(body).toContain('1 that needs no action is hidden.');
});

test('a refund is asked for in words that are right for yen too', async () => {
  const { customerId } = await member(harness);
  const money = { currency: 'jpy', amountDue: 4_500, amountPaid: 4_500, status: 'paid', invoiceCreatedAt: new Date() };
  await harness.database
    .insertInto('invoices')
    .values({ stripeInvoiceId: 'in_yen', customerId, ...money })
    .execute();
  const { body } = await staff.get(`/console/customers/${customerId}`);
  expect(body).toContain('in the smallest unit of the currency: 9900 is 99.00 USD or 9900 JPY');
  expect(body).not.toMatch(/\bcents\b/);
});

test('a search that is not encoded is refused on a page of the console', async () => {
  const { statusCode, body, headers } = await staff.get('/console?q=%FF');
  expect([statusCode, headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
  expect(body).toContain('two hexadecimal digits');
});
