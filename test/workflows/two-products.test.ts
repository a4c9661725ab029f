import { openProduct } from '../../infra/product/open-product.ts';
import { LifecycleHarness, SUPPORT } from '../support/lifecycle.ts';
import { eventually } from '../support/eventually.ts';

// One set of workers, two products: each customer gets only what belongs to their own product.
const iotistic = await openProduct({ source: 'iotistic' });
const ITS_PAGES = 'https://iotistic.example';

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ beside: [{ ...iotistic, publicUrl: ITS_PAGES }] });
});
afterAll(() => harness.close());

/** The parts of the customer's mail and of Stripe that show which product they have. */
async function seenBy({ customerId, email }: { readonly customerId: string; readonly email: string }) {
  const welcome = (await harness.inbox.to(email)).find(({ subject }) => subject.startsWith('Welcome'));
  const { live } = await harness.inStripe(customerId);
  const { data } = await harness.stripe.checkout.sessions.list({ limit: 100 });
  const checkout = data.find((session) => session.client_reference_id === customerId);
  return {
    subject: welcome?.subject,
    key: new URL(/http\S+reveal\S+/.exec(welcome?.text ?? '')?.[0] ?? '').origin,
    price: live[0]?.items.data[0]?.price.lookup_key,
    back: new URL(checkout?.success_url ?? '').origin,
  };
}

test('each has the mails, the links, the price and the way back from Checkout of their own product', async () => {
  const [one, other] = await Promise.all([harness.inTrial(), harness.inTrial({ profile: iotistic.profile })]);
  for (const { customerId } of [one, other]) await harness.checkout(customerId, 'at_trial_end');
  expect(await seenBy(one)).toEqual({
    subject: 'Welcome to Tenure',
    price: 'tenure_starter_monthly',
    ...{ key: 'http://localhost:1', back: 'http://localhost:1' },
  });
  expect(await seenBy(other)).toEqual({
    subject: 'Welcome to Iotistic',
    price: 'iotistic_starter_monthly',
    ...{ key: ITS_PAGES, back: ITS_PAGES },
  });
});

test('support of each product is told of the differences of its own customers, by its own name and console', async () => {
  const [one, other] = await Promise.all([harness.inTrial(), harness.inTrial({ profile: iotistic.profile })]);
  const cause = 'it does not answer';
  const seen = { firstSeen: new Date(Date.now() - 120_000), lastSeen: new Date() };
  const found = { kind: 'instance_down', cause, subject: 'a test', details: cause, ...seen };
  await harness.database
    .insertInto('differences')
    .values([one, other].map(({ customerId }) => ({ ...found, customerId })))
    .execute();
  const mailAbout = ({ customerId }: { readonly customerId: string }) =>
    eventually('the mail', async () => (await harness.inbox.to(SUPPORT)).find(({ text }) => text.includes(customerId)));
  const [hers, his] = [(await mailAbout(one)).text, (await mailAbout(other)).text];
  expect([hers.includes(other.customerId), his.includes(one.customerId)]).toEqual([false, false]);
  expect(hers).toMatch(/http:\/\/localhost:1\/console[^]*Tenure/);
  expect(his).toMatch(/https:\/\/iotistic\.example\/console[^]*Iotistic/);
});
