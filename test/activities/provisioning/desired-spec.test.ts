import { readSpec } from '../../../activities/provisioning/desired-spec.ts';
import { createApiHarness, member, type ApiHarness } from '../../api/harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

test.each([
  ['trial', true],
  ['subscription', false],
  ['free', false],
])('%s: the instance knows the end of a trial only while that is ahead: %p', async (phase, knows) => {
  const { customerId } = await member(harness);
  const trialEndsAt = new Date('2026-12-24T00:00:00Z');
  await harness.database
    .updateTable('customers')
    .set({ phase, trialEndsAt })
    .where('customerId', '=', customerId)
    .execute();
  const tenants = { scheme: 'http', domain: 'localhost:3180' };
  const deps = { database: harness.database, tenants, publicUrl: 'http://localhost:3100', publicUrls: {} };
  const { trialEndsAt: seen } = await readSpec(deps as never, customerId);
  expect(seen).toBe(knows ? trialEndsAt.toISOString() : null);
});
