import { Bench, DAY } from '../support/lifecycle.ts';

// Provisioning is a stand-in here; it is real in life.test.ts and compensation-stack.test.ts.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
}, 120_000);
afterAll(() => bench.close(), 60_000);

test('S1-4 S3-2: reminders at 7 days, 2 days and at the end, each once, under the subjects of the sources', async () => {
  const customer = await bench.inTrial();
  const end = await bench.trialEndsAt(customer.customerId);
  await bench.advance(customer.customerId, end - 8 * DAY);
  expect(await bench.subjects(customer)).toEqual(['Welcome to Tenure', 'Your instance is ready']);
  await bench.advance(customer.customerId, end - 3 * DAY);
  await bench.advance(customer.customerId, end + 60_000);
  expect(await bench.subjects(customer)).toEqual([
    'Welcome to Tenure',
    'Your instance is ready',
    '7 days left in your trial',
    '2 days left - time to upgrade!',
    'Trial expired - upgrade to continue',
  ]);
}, 60_000);
