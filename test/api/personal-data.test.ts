import { createApiHarness, member, staff, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

const CANARY = {
  email: 'canary-address@example.com',
  password: 'Canary-password-1',
  company_name: 'Canary Company',
  full_name: 'Canary Person',
  reason: 'canary reason',
  correction: 'Canary Corrected',
};

test('no personal data and no secret reaches a log line or Temporal, whatever is asked', async () => {
  const { reason, correction, ...signup } = CANARY;
  const { customerId, headers, token } = await member(harness, signup);
  const post = (url: string, payload: object, as: Record<string, string>) =>
    harness.app.inject({ method: 'POST', url, payload, headers: as });
  await post('/api/customers/signup', signup, {});
  await post('/api/customers/signup', { ...signup, email: 'canary-broken' }, {});
  await post('/api/customers/login', { email: signup.email, password: 'Canary-wrong-1' }, {});
  harness.temporal.answers = [
    () => ({ willRun: [], nothingToDo: false, endsAt: null, trialEndsAt: '2026-12-01T00:00:00.000Z' }),
  ];
  const admin = `/api/admin/customers/${customerId}`;
  await post(
    `${admin}/replay`,
    { reason, corrections: { company_name: correction, email: 'canary-new@example.com' } },
    staff,
  );
  await post(`${admin}/extend-trial`, { days: 3, reason }, staff);
  await post('/me/cancel', { when: 'now', reason }, headers);
  harness.temporal.answers = [
    () => {
      throw new Error('canary-address@example.com is unhappy');
    },
  ];
  await post(`${admin}/abandon`, { reason }, staff);
  await harness.app.inject({ url: '/api/admin/customers?q=canary-address', headers: staff });
  await harness.app.inject({ url: `/reveal/canary-link-token-of-some-length` });
  await harness.app.inject({ url: `/set-password/canary-link-token-of-some-length` });
  const { email, company_name } = { ...signup, email: 'canary-onboarded@example.com' };
  await post('/api/admin/customers', { email, company_name, framework: 'canary framework', reason }, staff);
  for (const command of ['unlock', 'erase', 'refund']) await post(`${admin}/${command}`, { reason }, staff);
  const told = JSON.stringify([[...harness.temporal.started], harness.temporal.updates, harness.temporal.signals]);
  expect(harness.temporal.updates.length).toBeGreaterThan(3);
  expect(told.toLowerCase()).not.toContain('canary');
  expect(harness.log()).toContain('/reveal/:token');
  expect(harness.log().toLowerCase()).not.toContain('canary');
  expect(harness.log()).not.toContain(token);
  expect(harness.log()).not.toContain(staff.authorization.slice('Bearer '.length));
  expect(harness.log()).not.toContain('127.0.0.1');
});
