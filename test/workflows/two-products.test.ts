import { openProduct } from '../../infra/product/open-product.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';

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
