import { agreedWith, priceOf } from '../../../activities/billing/catalogue.ts';
import type { BillingDeps } from '../../../activities/billing/deps.ts';
import { createStripeClient } from '../../../activities/billing/stripe-client.ts';
import { startStripeEmulator } from '../../../infra/stripe-emulator/server.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { tenure } from '../../support/default-product.ts';
import { findStripeOpenapi } from '../../support/stripe-openapi.ts';

const KEY = 'sk_test_catalogue';
let emulator: Awaited<ReturnType<typeof startStripeEmulator>>;
let stripe: ReturnType<typeof createStripeClient>;
beforeAll(async () => {
  emulator = await startStripeEmulator({
    ...{ port: 0, dataFile: ':memory:', secretKey: KEY, webhooks: [] },
    openapiFile: await findStripeOpenapi(),
  });
  stripe = createStripeClient({ secretKey: KEY, apiBase: emulator.url });
});
afterAll(() => emulator.close());

const price = (plan: (typeof tenure.plans)[number]): Promise<string> => {
  const deps = { stripe, config: { live: false } } as unknown as BillingDeps;
  return priceOf(deps, agreedWith({ profile: tenure.name, plan: plan.id, terms: resolveTerms(tenure, plan) }));
};

test('several customers who are the first to need a price get the same one', async () => {
  const [plan] = tenure.plans;
  const made = await Promise.all([price(plan), price(plan), price(plan)]);
  expect(new Set(made).size).toBe(1);
});

test('a price that somebody archived in Stripe is made again, as often as that happens', async () => {
  const [, plan] = tenure.plans;
  if (plan === undefined) throw new Error('There is one plan only.');
  const made = new Set<string>();
  for (let time = 1; time <= 3; time += 1) {
    const id = await price(plan);
    expect(await stripe.prices.retrieve(id)).toMatchObject({ active: true, unit_amount: plan.monthlyCents });
    made.add(id);
    await stripe.prices.update(id, { active: false, lookup_key: '' });
  }
  expect(made.size).toBe(3);
});
