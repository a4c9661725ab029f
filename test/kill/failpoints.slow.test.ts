import type { CoreStepName } from '../../workflows/domain/core-steps.ts';
import { eventually } from '../support/eventually.ts';
import { IS_FULL } from '../support/jest/settings.ts';
import type { LifecycleHarness, SignedUp } from '../support/lifecycle.ts';
import { EVERYTHING, NOTHING, ROLLBACK, effectsOf } from '../support/lifecycle-cells.ts';
import { disagreements, mailsGoneWrong, untilAtRest } from './support/accounted.ts';
import { POINTS, RUNS, UNDOS } from './support/failpoints.ts';
import { Lanes } from './support/lanes.ts';

/** In addition to the step itself: a dead worker is back after a second, and its attempt is given up after five. */

const lanes = new Lanes();
beforeAll(() => lanes.open(IS_FULL ? 3 : 2));
afterAll(() => lanes.close());

/** Here only the riskiest points: something was done, and nobody knows. All of them run with `npm run test:full`. */
const SAMPLE: readonly string[] = ['ensureStripeCustomer', 'sendReadyMail', 'destroyStack'];
const cells = <Step extends string>(table: Readonly<Record<Step, { readonly activity: string }>>) =>
  (Object.keys(table) as Step[])
    .flatMap((step) => POINTS.map((point) => ({ step, point, activity: table[step].activity })))
    .filter(({ point, activity }) => IS_FULL || (point === 'after the call' && SAMPLE.includes(activity)));

async function expectWhole(harness: LifecycleHarness, customer: SignedUp): Promise<void> {
  const { customerId } = customer;
  expect(await untilAtRest(harness, customerId)).toBe('trial');
  expect(await effectsOf(harness, customerId)).toEqual(EVERYTHING);
  expect(await mailsGoneWrong(harness, customer)).toEqual([]);
  expect(await disagreements(harness, customerId)).toEqual([]);
}

describe('killed -9 in a step, the customer is finished and nothing is made twice', () => {
  test.concurrent.each(cells<CoreStepName>(RUNS))('$step, $point', ({ activity, point }) =>
    lanes.in(async ({ harness, worker }) => {
      let died: Promise<unknown> | undefined;
      const beforeStart = async (customerId: string): Promise<void> => {
        ({ died } = await worker.arm({ does: 'die', at: point, customerId, activity }));
      };
      const customer = await harness.signUp({ beforeStart });
      await died;
      await expectWhole(harness, customer);
    }),
  );
});

describe('killed -9 while a step is taken back: all is taken back, with an alert, and a replay makes it whole', () => {
  test.concurrent.each(cells(UNDOS))('$step, $point', ({ activity, point }) =>
    lanes.in(async ({ harness, worker }) => {
      let died: Promise<unknown> | undefined;
      const beforeStart = async (customerId: string): Promise<void> => {
        await worker.arm({ does: 'fail', customerId, activity: 'checkInstance' });
        ({ died } = await worker.arm({ does: 'die', at: point, customerId, activity }));
      };
      const customer = await harness.signUp({ beforeStart, profile: ROLLBACK });
      const { customerId } = customer;
      await died;
      expect(await untilAtRest(harness, customerId)).toBe('parked');
      expect(await effectsOf(harness, customerId)).toEqual(NOTHING);
      expect(await disagreements(harness, customerId)).toEqual([]);

      worker.disarm(customerId);
      await eventually('the replay', () => harness.command(customerId, 'resumeOnboarding', { from: 'failed' }));
      await eventually('the replay to begin', async () => (await harness.row(customerId)).standing !== 'failed');
      await expectWhole(harness, customer);
    }),
  );
});
