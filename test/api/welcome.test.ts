import { endProspect, insertProspect, recordProspect } from '../../infra/db/repositories/prospects.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import { resolveTerms } from '../../workflows/domain/terms.ts';
import { tenure } from '../support/default-product.ts';
import { createApiHarness, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
beforeAll(async () => {
  harness = await createApiHarness();
});
afterAll(() => harness.stop());

/** The Checkout of a prospect, with the end given here. */
async function checkout(end?: 'customer' | 'refused' | 'abandoned'): Promise<string> {
  const customerId = newCustomerId();
  const checkoutId = `cs_test_${customerId}`;
  const [soon, email] = [new Date(Date.now() + 3_600_000), `${customerId}@acme.example`];
  await insertProspect(harness.database, {
    ...{ customerId, kind: 'checkout', state: 'open', requestKey: customerId, email, emailNorm: email },
    ...{ companyName: 'Acme', fullName: null, region: tenure.regions[0], remindAt: soon, abandonAt: soon },
    terms: resolveTerms(tenure, tenure.plans[0]),
  });
  await recordProspect(harness.database, customerId, { checkoutId });
  if (end) await endProspect(harness.database, customerId, end);
  return checkoutId;
}
const page = async (checkoutId: string) =>
  (await harness.app.inject({ url: `/welcome?session_id=${checkoutId}`, headers: { accept: 'text/html' } })).body;

/** Also where scripts run: nothing else would tell people who have just paid that they are customers now. */
const RELOADS = /^(?!.*<noscript><meta http-equiv="refresh").*<meta http-equiv="refresh" content="2"/s;

test('S0-7: a customer who comes back from a Checkout before we know of it sees the page change automatically', async () => {
  const body = await page(await checkout());
  expect(body).toContain('waiting for confirmation from Stripe');
  expect(body).toMatch(RELOADS);
});

test.each([
  ['customer', 'Check your email for a link to set your password'],
  ['refused', 'You already have an account'],
  ['abandoned', 'You have not been charged. Please sign up again.'],
] as const)('S0-7: %s is told as what it is, and stays', async (end, text) => {
  const body = await page(await checkout(end));
  expect(body).toContain(text);
  expect(body).not.toMatch(/http-equiv="refresh"/);
});

test('a Checkout that nobody opened here is not found', async () => {
  expect(await page('cs_test_none')).toContain('There is no such checkout.');
});
