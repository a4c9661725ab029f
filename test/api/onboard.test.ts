import { randomUUID } from 'node:crypto';
import { insertSession } from '../../infra/db/repositories/sessions.ts';
import { hashToken } from '../../infra/tokens.ts';
import { CONFIG, createApiHarness, goodSignup, staff, supporter, type ApiHarness } from './harness.ts';
import { stepsOf } from '../../workflows/domain/core-steps.ts';
import type { CustomerState } from '../../workflows/domain/customer-state.ts';
import { namesOf } from '../../workflows/domain/steps.ts';
import type { Terms } from '../../workflows/domain/terms.ts';

// Staff add a customer, by the same path as a signup.
let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.temporal.started.clear();
});

interface Reply {
  readonly outcome: string;
  readonly customer_id: string;
}
const particulars = <C extends object = object>(change?: C) => {
  const { email, company_name } = goodSignup();
  return { email, company_name, reason: 'signed the contract', ...(change as C) };
};
const onboard = (payload: object, headers: object = staff, app = harness.app) =>
  app.inject({ method: 'POST', url: '/api/admin/customers', payload, headers: { ...headers } });
const row = (customerId: string) =>
  harness.database.selectFrom('customers').selectAll().where('customerId', '=', customerId).executeTakeFirstOrThrow();
const audit = (customerId: string) =>
  harness.database.selectFrom('auditEvents').selectAll().where('customerId', '=', customerId).execute();

test('stores customer, licence and audit as a signup does, without a password, and starts the onboarding', async () => {
  const reply = await onboard(
    particulars({ plan: 'enterprise', framework: 'hipaa', full_name: 'Ada', region: 'us-east' }),
  );
  expect(reply.statusCode).toBe(201);
  const { customer_id: id, outcome } = reply.json<Reply>();
  expect(outcome).toBe('created');
  expect(await row(id)).toMatchObject({
    ...{ plan: 'enterprise', complianceFramework: 'hipaa', phase: 'onboarding', fullName: 'Ada', region: 'us-east' },
  });
  const account = harness.database.selectFrom('accounts').select('passwordHash').where('customerId', '=', id);
  expect(await account.executeTakeFirst()).toEqual({ passwordHash: null });
  expect(await harness.database.selectFrom('licences').select('plan').where('customerId', '=', id).execute()).toEqual([
    { plan: 'enterprise' },
  ]);
  expect(await audit(id)).toMatchObject([
    {
      actor: 'staff:token',
      action: 'customer.onboarded',
      reason: 'signed the contract',
      details: { plan: 'enterprise', framework: 'hipaa', withoutInstance: false },
    },
  ]);
  expect([...harness.temporal.started.keys()]).toEqual([`customer/${id}`]);
  expect(JSON.stringify([...harness.temporal.started])).not.toMatch(/example\.com|signed the contract|hipaa/);
});

test('nobody signs in to such an account before a password is set', async () => {
  const sent = particulars();
  await onboard(sent);
  for (const password of ['', 'null', 'Abcdefg1']) {
    const payload = { email: sent.email, password };
    expect((await harness.app.inject({ method: 'POST', url: '/api/customers/login', payload })).statusCode).toBe(401);
  }
});

test('the framework is shown by API and console', async () => {
  const { customer_id: id } = (await onboard(particulars({ framework: 'FedRAMP High' }))).json<Reply>();
  const detail = await harness.app.inject({ url: `/api/admin/customers/${id}`, headers: staff });
  expect(detail.json()).toMatchObject({ customer: { framework: 'FedRAMP High', skip_provisioning: false } });
  expect((await harness.app.inject({ url: `/console/customers/${id}`, headers: staff })).body).toContain(
    'FedRAMP High',
  );
});

test('S0-10 database only: the terms have no step of an instance', async () => {
  const reply = await onboard(particulars({ skip_provisioning: true }));
  expect(reply.json()).toMatchObject({ provisioning: 'skipped' });
  const { customer_id: id } = reply.json<Reply>();
  const listed = await harness.app.inject({ url: `/api/admin/customers?q=${id}`, headers: staff });
  expect(listed.json()).toMatchObject({ customers: [{ customer_id: id, skip_provisioning: true }] });
  const steps = ['welcomeMail', 'stripeCustomer', 'trialSubscription'];
  expect(namesOf(stepsOf((await row(id)).terms as unknown as Terms))).toEqual(steps);
  const [started] = harness.temporal.started.values() as Iterable<{ readonly args: readonly [CustomerState] }>;
  expect(started?.args[0].onboarding.steps).toEqual(
    Object.fromEntries(steps.map((step) => [step, { state: 'waiting', epoch: 1 }])),
  );
});

test('its owner sees no steps of an instance', async () => {
  const { customer_id: id } = (await onboard(particulars({ skip_provisioning: true }))).json<Reply>();
  const owner = { customerId: id, sessionVersion: 1 };
  await insertSession(harness.database, { tokenHash: hashToken(id), owner, absoluteSeconds: 60 });
  const headers = { authorization: `Bearer ${id}` };
  for (const url of ['/onboarding', '/account']) {
    const { body } = await harness.app.inject({ url, headers });
    expect(body).not.toMatch(/your own instance|your instance|not ready yet/i);
  }
});

describe('with a customer id', () => {
  const id = () => `cust_${randomUUID()}`;

  test('the same request again does nothing twice and says so', async () => {
    const sent = particulars({ customer_id: id(), framework: 'soc2' });
    expect((await onboard(sent)).statusCode).toBe(201);
    harness.temporal.started.clear();
    const again = await onboard({ ...sent, email: sent.email.toUpperCase() });
    expect(again.statusCode).toBe(200);
    expect(again.json()).toMatchObject({ outcome: 'already_there', customer_id: sent.customer_id });
    expect(harness.temporal.started.size).toBe(0);
    expect(await audit(sent.customer_id)).toHaveLength(1);
  });

  test('two at once make one customer', async () => {
    const sent = particulars({ customer_id: id() });
    const replies = await Promise.all([onboard(sent), onboard(sent), onboard(sent)]);
    const outcomes = replies.map((reply) => reply.json<Reply>().outcome);
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'already_there' || outcome === 'started')).toHaveLength(2);
    expect(harness.temporal.started.size).toBe(1);
  });

  test('other details are refused with what differs, and nothing changes', async () => {
    const sent = particulars({ customer_id: id(), plan: 'starter' });
    await onboard(sent);
    const before = await row(sent.customer_id);
    const reply = await onboard({ ...sent, plan: 'enterprise', framework: 'hipaa' });
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({
      code: 'particulars_differ',
      problems: [
        { field: 'plan', message: 'plan is starter, not enterprise.' },
        { field: 'framework', message: 'framework is not set, not hipaa.' },
      ],
    });
    expect(await row(sent.customer_id)).toEqual(before);
  });

  test('a customer whose onboarding was never started is taken up', async () => {
    const sent = particulars({ customer_id: id() });
    harness.temporal.down = true;
    expect((await onboard(sent)).json()).toMatchObject({ outcome: 'created' });
    harness.temporal.down = false;
    const reply = await onboard({ ...sent, reason: 'once more' });
    expect(reply.json()).toMatchObject({ outcome: 'started' });
    expect([...harness.temporal.started.keys()]).toEqual([`customer/${sent.customer_id}`]);
    expect((await audit(sent.customer_id)).at(-1)).toMatchObject({ action: 'customer.taken_up', reason: 'once more' });
  });

  test('a customer who has left does not come back', async () => {
    const sent = particulars({ customer_id: id() });
    await onboard(sent);
    await harness.database
      .updateTable('customers')
      .set({ phase: 'ended', emailNorm: null })
      .where('customerId', '=', sent.customer_id)
      .execute();
    expect((await onboard(sent)).json()).toMatchObject({ code: 'customer_ended' });
  });
});

describe('is refused', () => {
  test('when the address is taken', async () => {
    const sent = particulars();
    await onboard(sent);
    const reply = await onboard(particulars({ email: sent.email }));
    expect(reply.statusCode).toBe(409);
    expect(reply.json()).toMatchObject({ code: 'email_taken' });
  });

  test.each([
    [{ email: 'nope' }, 'email'],
    [{ company_name: ' ' }, 'company_name'],
    [{ plan: 'gold' }, 'plan'],
    [{ region: 'moon' }, 'region'],
    [{ framework: '<b>' }, 'framework'],
    [{ customer_id: 'cust_1' }, 'customer_id'],
    [{ reason: ' ' }, 'reason'],
    [{ password: 'Abcdefg1' }, 'password'],
  ])('%j', async (change, field) => {
    const customers = await harness.count('customers');
    const reply = await onboard(particulars(change));
    expect(reply.statusCode).toBe(400);
    expect(reply.json<{ problems: { field: string }[] }>().problems.map((problem) => problem.field)).toEqual([field]);
    expect(await harness.count('customers')).toBe(customers);
  });

  test('to support, which is audited, and to everybody else', async () => {
    const customers = await harness.count('customers');
    expect((await onboard(particulars(), supporter)).statusCode).toBe(403);
    expect((await onboard(particulars(), {})).statusCode).toBe(401);
    expect(await harness.count('customers')).toBe(customers);
    const refused = harness.database.selectFrom('auditEvents').selectAll().where('action', '=', 'access.refused');
    expect((await refused.execute()).at(-1)).toMatchObject({
      actor: 'staff:support-token',
      details: { method: 'POST', route: '/api/admin/customers' },
    });
  });
});

test('closed signups are closed to visitors, not to staff', async () => {
  const app = await harness.another({ config: { ...CONFIG, signup: { enabled: false, perHour: 0 } } });
  expect((await onboard(particulars(), staff, app)).statusCode).toBe(201);
});
