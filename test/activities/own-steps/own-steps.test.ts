import { MockActivityEnvironment } from '@temporalio/testing';
import { createOwnSteps } from '../../../activities/own-steps/index.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { refuse, type StepAction, type StepContext } from '../../../infra/product/define-step.ts';
import { createDatabase } from '../../support/embedded.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';
import { manyPrices } from '../../support/many-prices.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
let customerId: string;
beforeAll(async () => {
  stored = await createDatabase();
  database = openDatabase(stored.url);
  ({ customerId } = await addSignup(database));
});
afterAll(async () => {
  await database.destroy();
  await stored.drop();
});

/** Runs the activity as a worker does, with this time-out. */
function begin(act: unknown, { of = customerId, startToCloseTimeoutMs = 60_000 } = {}) {
  const { run } = createOwnSteps({ database, settings: {} }, { acts: { run: act as StepAction }, previews: {} });
  const environment = new MockActivityEnvironment({ startToCloseTimeoutMs });
  const step = run as (input: object) => Promise<void>;
  return { environment, outcome: environment.run(step, { customerId: of, key: 'key', now: new Date().toISOString() }) };
}

test('S4-9: a step is told what the plan of its customer includes', async () => {
  const { customerId: id } = await addSignup(database, { profile: manyPrices });
  const seen: StepContext['customer'][] = [];
  const look: StepAction = ({ customer }) => Promise.resolve(void seen.push(customer));
  await begin(look, { of: id }).outcome;
  await begin(look).outcome;
  expect(seen).toMatchObject([
    { plan: 'basic', features: ['sso'], limits: { users: 5, apiCalls: 10_000 } },
    { plan: 'starter', features: [], limits: {} },
  ]);
});

test('a step that throws before it has a promise fails like any other', async () => {
  const { outcome } = begin(() => {
    throw refuse('Sync', 'x'.repeat(3_000_000));
  });
  await expect(outcome).rejects.toMatchObject({ type: 'Sync', message: 'x'.repeat(500), nonRetryable: true });
});

test.each([[[{ create: 'domain' }]], ['create the domain'], [undefined], [[1]]])(
  'a preview that returns %j is told to return texts',
  async (returned) => {
    const previews = { look: (() => Promise.resolve(returned)) as never };
    const { look } = createOwnSteps({ database, settings: {} }, { acts: {}, previews });
    const asked = { customerId, trialBeginsAnew: false };
    const outcome = new MockActivityEnvironment().run(look as (input: object) => Promise<unknown>, asked);
    await expect(outcome).rejects.toMatchObject({
      type: 'WrongPreview',
      message: expect.stringContaining("The step's preview must return a list of texts") as string,
    });
  },
);

test.each([['done'], [undefined]])('a step that returns %p and no promise has done what it did', async (result) => {
  await expect(begin(() => result).outcome).resolves.toBeUndefined();
});

test('a step that never ends has failed before Temporal gives it up, and is told so', async () => {
  let aborted = false;
  const hang = ({ signal }: StepContext): Promise<never> => {
    signal.addEventListener('abort', () => (aborted = true));
    return new Promise(() => undefined);
  };
  await expect(begin(hang, { startToCloseTimeoutMs: 1_200 }).outcome).rejects.toMatchObject({
    type: 'StepTimedOut',
    nonRetryable: false,
  });
  expect(aborted).toBe(true);
});

test('a step that never ends is let go when its activity is cancelled', async () => {
  const begun = Promise.withResolvers<undefined>();
  const { environment, outcome } = begin(() => {
    begun.resolve(undefined);
    return new Promise(() => undefined);
  });
  await begun.promise;
  environment.cancel();
  await expect(outcome).rejects.toMatchObject({ name: 'CancelledFailure' });
});
