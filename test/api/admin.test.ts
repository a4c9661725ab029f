import { createApiHarness, member, staff, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
const ids: string[] = [];
beforeAll(async () => {
  harness = await createApiHarness();
  for (const company_name of ['Alpha', 'Beta 100%', 'Gamma', 'Delta', 'Epsilon'])
    ids.push((await member(harness, { company_name })).customerId);
  const set = (id: string | undefined, change: object) =>
    harness.database
      .updateTable('customers')
      .set(change)
      .where('customerId', '=', id ?? '')
      .execute();
  await set(ids[1], { attention: 'stack,trialSubscription' });
  await set(ids[2], { phase: 'trial' });
});
afterAll(() => harness.stop());

interface List {
  readonly customers: { readonly customer_id: string; readonly company_name: string }[];
  readonly next_cursor: string | null;
}
const list = async (query: string) =>
  (await harness.app.inject({ url: `/api/admin/customers?${query}`, headers: staff })).json<List>();
const names = async (query: string) => (await list(query)).customers.map(({ company_name }) => company_name);

test('pages by cursor, the newest first, none twice and none left out', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: List = await list(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.customers.map(({ customer_id }) => customer_id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual([...ids].reverse());
});

test('a cursor that is none is refused, and not answered with an empty page', async () => {
  const reply = await harness.app.inject({ url: '/api/admin/customers?cursor=garbage', headers: staff });
  expect(reply.statusCode).toBe(400);
});

test.each([
  ['phase=trial', ['Gamma']],
  ['attention=any', ['Beta 100%']],
  ['attention=trialSubscription', ['Beta 100%']],
  ['attention=welcomeMail', []],
  ['q=alp', ['Alpha']],
  ['q=100%25', ['Beta 100%']],
  ['q=%25', ['Beta 100%']],
  ['q=a_p', []],
  ['q=&phase=trial', ['Gamma']],
])('filters by %s', async (query, expected) => {
  expect(await names(query)).toEqual(expected);
});

test('one customer, with steps, alerts, stack, mails, invoices and audit', async () => {
  const [customerId = ''] = ids;
  const { database } = harness;
  await database
    .insertInto('onboardingSteps')
    .values({
      customerId,
      step: 'stack',
      epoch: 1,
      state: 'failed',
      attempts: 3,
      errorType: 'InvalidSpec',
      errorMessage: 'reserved',
    })
    .execute();
  await database
    .insertInto('alerts')
    .values({ customerId, kind: 'onboarding:stack', step: 'stack', summary: 'failed', suggestedFix: 'another slug' })
    .execute();
  await database
    .insertInto('emails')
    .values({ customerId, template: 'welcome', claimKey: 'k1', state: 'sent', sentAt: new Date() })
    .execute();
  await database
    .insertInto('stacks')
    .values({
      customerId,
      stackName: 's1',
      target: 'local',
      status: 'failed',
      lastOperation: 'create',
      lastResult: 'failed',
      lastError: 'reserved',
    })
    .execute();
  await database
    .insertInto('invoices')
    .values({
      customerId,
      stripeInvoiceId: 'in_1',
      status: 'paid',
      currency: 'usd',
      amountDue: 9900,
      amountPaid: 9900,
      invoiceCreatedAt: new Date(),
    })
    .execute();
  const reply = await harness.app.inject({ url: `/api/admin/customers/${customerId}`, headers: staff });
  expect(reply.json()).toMatchObject({
    customer: { customer_id: customerId, slug: 'alpha', phase: 'onboarding' },
    waiting_for: null,
    steps: [{ step: 'stack', state: 'failed', attempts: 3, error_type: 'InvalidSpec', error_message: 'reserved' }],
    alerts: [{ kind: 'onboarding:stack', suggested_fix: 'another slug', resolved_at: null }],
    stack: { status: 'failed', last_result: 'failed', last_error: 'reserved' },
    emails: [{ template: 'welcome', state: 'sent' }],
    invoices: [{ stripe_invoice_id: 'in_1', amount_due: 9900 }],
    audit: [
      { action: 'sign_in.ok', actor: 'visitor' },
      { action: 'customer.signed_up', actor: 'customer' },
    ],
    workflow_url: `http://ui.test/namespaces/default/workflows?query=${encodeURIComponent(`WorkflowId="customer/${customerId}"`)}`,
  });
  expect(reply.body).not.toMatch(/argon2|eyJ/);
});
