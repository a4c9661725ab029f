import { eventually } from '../support/eventually.ts';
import { Journey } from './support/journey.ts';

// On what npm start runs. In the place of a landing zone in AWS the customer gets an instance.
const journey = new Journey();
beforeAll(() => journey.start({ TENURE_PRODUCT: 'securebase', SIGNUPS_PER_HOUR: '5' }));
afterAll(() => journey.stop());

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${journey.run.api}${path}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify(body),
  });
const HOSPITAL = { tier: 'healthcare', email: 'admin@hospital.example', name: 'Hospital Corp', use_pilot_coupon: true };

interface Verified {
  readonly success: boolean;
  readonly customer_id: string;
}

test('S0-1 S0-2 S0-7 S0-9 S0-12 S0-17: from the tier over the Checkout to the landing zone, with all three mails', async () => {
  const opened = await post('/checkout', HOSPITAL);
  expect(opened.status).toBe(200);
  const { checkout_url: url, session_id: id } = (await opened.json()) as Readonly<Record<string, string>>;
  const form = new URLSearchParams({ card: '4242424242424242', expiry: '12/34', cvc: '123', name: 'Ada' });
  const paid = await fetch(url ?? '', { method: 'POST', body: form, redirect: 'manual' });
  expect(paid.headers.get('location')).toContain(`/welcome?session_id=${id ?? ''}`);
  const { customer_id: customerId } = await eventually('the signup', async () => {
    const reply = await fetch(`${journey.run.api}/checkout/verify?session_id=${id ?? ''}`);
    const verified = (await reply.json()) as Verified;
    return verified.success ? verified : undefined;
  });
  const customer = await journey.until(
    { customerId },
    ({ phase, attention }) => phase === 'trial' && attention === null,
    'the trial',
  );
  expect(customer).toMatchObject({ plan: 'healthcare', complianceFramework: 'hipaa', standing: 'active' });
  expect(Math.round(((customer.trialEndsAt?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(30);
  expect(await journey.health(customer.slug ?? '')).toMatchObject({ company: 'Hospital Corp', mode: 'active' });
  const mails = await eventually('the mails', async () => {
    const subjects = await journey.world.inbox(HOSPITAL.email);
    return subjects.length === 3 ? [...subjects].sort() : undefined;
  });
  expect(mails).toEqual([
    'Set Up Your SecureBase Password',
    'Welcome to SecureBase - Your Healthcare Account is Ready!',
    'Your SecureBase landing zone is ready',
  ]);
  expect((await post('/checkout', HOSPITAL)).status).toBe(400);
});

test('S0-12 S0-13: the first charge comes after 30 days, at half the price', async () => {
  const { customerId } = await journey.database
    .selectFrom('customers')
    .select('customerId')
    .where('email', '=', HOSPITAL.email)
    .executeTakeFirstOrThrow();
  expect(await journey.world.paid(customerId)).toBe(0);
  await journey.advance(customerId, 31);
  await journey.until({ customerId }, ({ phase }) => phase === 'subscription', 'the subscription');
  expect(await journey.world.paid(customerId)).toBe(750_000);
});

test('S0-5: over five signups an hour, an address is refused', async () => {
  const statuses: number[] = [];
  for (let asked = 0; asked < 6; asked += 1)
    statuses.push((await post('/checkout', { ...HOSPITAL, email: `more${String(asked)}@hospital.example` })).status);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
});
