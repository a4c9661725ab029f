import type { CoreStepName } from '../../workflows/domain/core-steps.ts';
import { eventually } from '../support/eventually.ts';
import { IS_FULL } from '../support/jest/settings.ts';
import type { Bench, SignedUp } from '../support/lifecycle.ts';
import { EVERYTHING, NOTHING, ROLLBACK, effectsOf } from '../support/lifecycle-cells.ts';
import { disagreements, mailsGoneWrong, untilAtRest } from './support/accounted.ts';
import { POINTS, RUNS, UNDOS } from './support/failpoints.ts';
import { Lanes } from './support/lanes.ts';

/** Beside the step itself: a worker that dies is there again after a second, its attempt is given up after five. */

const lanes = new Lanes();
beforeAll(() => lanes.open(IS_FULL ? 3 : 2));
afterAll(() => lanes.close());

/** Here those at which most is at stake: something was done, and nobody knows. All with `npm run test:full`. */
const SAMPLE: readonly string[] = ['ensureStripeCustomer', 'sendReadyMail', 'destroyStack'];
const cells = <Step extends string>(table: Readonly<Record<Step, { readonly activity: string }>>) =>
  (Object.keys(table) as Step[])
    .flatMap((step) => POINTS.map((point) => ({ step, point, activity: table[step].activity })))
    .filter(({ point, activity }) => IS_FULL || (point === 'after the call' && SAMPLE.includes(activity)));

async function expectWhole(bench: Bench, customer: SignedUp): Promise<void> {
  const { customerId } = customer;
  expect(await untilAtRest(bench, customerId)).toBe('trial');
  expect(await effectsOf(bench, customerId)).toEqual(EVERYTHING);
  expect(await mailsGoneWrong(bench, customer)).toEqual([]);
  expect(await disagreements(bench, customerId)).toEqual([]);
}

describe('killed -9 in a step, the customer is finished and nothing is made twice', () => {
  test.concurrent.each(cells<CoreStepName>(RUNS))('$step, $point', ({ activity, point }) =>
    lanes.in(async ({ bench, worker }) => {
      let died: Promise<unknown> | undefined;
      const beforeStart = async (customerId: string): Promise<void> => {
        ({ died } = await worker.arm({ does: 'die', at: point, customerId, activity }));
      };
      const customer = await bench.signUp({ beforeStart });
      await died;
      await expectWhole(bench, customer);
    }),
  );
});

describe('killed -9 while a step is taken back: all is taken back, with an alert, and a replay makes it whole', () => {
  test.concurrent.each(cells(UNDOS))('$step, $point', ({ activity, point }) =>
    lanes.in(async ({ bench, worker }) => {
      let died: Promise<unknown> | undefined;
      const beforeStart = async (customerId: string): Promise<void> => {
        await worker.arm({ does: 'fail', customerId, activity: 'checkInstance' });
        ({ died } = await worker.arm({ does: 'die', at: point, customerId, activity }));
      };
      const customer = await bench.signUp({ beforeStart, profile: ROLLBACK });
      const { customerId } = customer;
      await died;
      expect(await untilAtRest(bench, customerId)).toBe('parked');
      expect(await effectsOf(bench, customerId)).toEqual(NOTHING);
      expect(await disagreements(bench, customerId)).toEqual([]);

      worker.disarm(customerId);
      await eventually('the replay', () => bench.command(customerId, 'resumeOnboarding', { from: 'failed' }));
      await eventually('the replay to begin', async () => (await bench.row(customerId)).standing !== 'failed');
      await expectWhole(bench, customer);
    }),
  );
});
