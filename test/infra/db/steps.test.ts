import { reconcileSteps, recordStepRun, recordStepUndo } from '../../../infra/db/repositories/steps.ts';
import { ownDatabase } from '../../support/own-database.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';

const own = ownDatabase();

/** Temporal's clock, in seconds. */
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const error = { type: 'StripeUnavailable', message: 'Stripe answered nothing.' };

async function newStep() {
  const { customerId } = await addSignup(own.database);
  const key = { customerId, step: 'trialSubscription', epoch: 1 };
  const run = (state: 'running' | 'done' | 'failed', scheduled: number, attempt: number) =>
    recordStepRun(own.database, key, { state, attempt, scheduledAt: at(scheduled), inputHash: 'x' });
  const undo = (state: 'undoing' | 'undone' | 'undo_failed', scheduled: number, attempt: number) =>
    recordStepUndo(own.database, key, {
      ...{ state, attempt, scheduledAt: at(scheduled) },
      ...(state === 'undo_failed' && { error }),
    });
  const accept = (state: 'done' | 'failed' | 'undone' | 'undo_failed', scheduled: number) =>
    reconcileSteps(own.database, {
      ...{ customerId, generation: 1, scheduledAt: at(scheduled) },
      steps: [{ step: key.step, epoch: 1, state }],
    });
  const row = () =>
    own.database
      .selectFrom('onboardingSteps')
      .select(['state', 'undoState', 'attempts'])
      .where('customerId', '=', customerId)
      .executeTakeFirstOrThrow();
  const log = async () => {
    const attempts = await own.database
      .selectFrom('onboardingStepAttempts')
      .select(['direction', 'attempt', 'state'])
      .where('customerId', '=', customerId)
      .orderBy('scheduledAt')
      .orderBy('attempt')
      .execute();
    return attempts.map(({ direction, attempt, state }) => `${direction} ${String(attempt)} ${state}`);
  };
  return { run, undo, accept, row, log };
}

test('an undo that is ordered again begins at attempt 1, and is written all the same', async () => {
  const { run, undo, accept, row, log } = await newStep();
  await run('running', 1, 1);
  await run('done', 1, 1);
  for (const attempt of [1, 2]) {
    await undo('undoing', 5, attempt);
    await undo('undo_failed', 5, attempt);
  }
  await accept('undo_failed', 6);
  expect(await row()).toMatchObject({ state: 'undo_failed', undoState: 'undo_failed' });
  await undo('undoing', 9, 1);
  await undo('undone', 9, 1);
  // The rest of the first order comes too late.
  await undo('undo_failed', 5, 2);
  expect(await row()).toMatchObject({ state: 'undone', undoState: 'undone' });
  expect(await log()).toEqual(['run 1 done', 'undo 1 failed', 'undo 2 failed', 'undo 1 done']);
});

test('an attempt that never said how it ended is lost once the next one begins, or the workflow has gone on', async () => {
  const { run, accept, row, log } = await newStep();
  await run('running', 1, 1);
  await run('running', 1, 2);
  expect(await log()).toEqual(['run 1 lost', 'run 2 running']);
  await accept('failed', 3);
  expect(await log()).toEqual(['run 1 lost', 'run 2 lost']);
  await run('done', 1, 2);
  expect(await row()).toMatchObject({ state: 'failed', attempts: 2 });
  expect(await log()).toEqual(['run 1 lost', 'run 2 lost']);
});

test('the run of a step writes nothing once its undo has begun', async () => {
  const { run, undo, row } = await newStep();
  await run('running', 1, 1);
  await undo('undoing', 4, 1);
  await run('done', 1, 2);
  await undo('undone', 4, 1);
  expect(await row()).toMatchObject({ state: 'undone', undoState: 'undone', attempts: 1 });
});

test('written twice it is as written once: an answer of the database may be lost', async () => {
  const { run, accept, row, log } = await newStep();
  for (let times = 0; times < 2; times += 1) await run('running', 1, 1);
  for (let times = 0; times < 2; times += 1) await run('done', 1, 1);
  for (let times = 0; times < 2; times += 1) await accept('done', 3);
  expect(await row()).toMatchObject({ state: 'done', attempts: 1 });
  expect(await log()).toEqual(['run 1 done']);
});
