import { eventually } from '../support/eventually.ts';
import { IS_FULL } from '../support/jest/settings.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';
import {
  EVERYTHING,
  NOTHING,
  ROLLBACK,
  STEPS,
  TROUBLES,
  effectsClaimed,
  effectsOf,
  isMail,
  meet,
  untilParked,
} from '../support/lifecycle-cells.ts';

// The cells that build a stack, on the real Pulumi engine, Postgres and gateway: a sample here, all of them in
// `npm run test:full`.
const SAMPLE = [
  { step: 'stack', trouble: 'time out' },
  { step: 'instanceHealth', trouble: 'cancel' },
] as const;
const ALL = STEPS.filter((step) => !isMail(step)).flatMap((step) => TROUBLES.map((trouble) => ({ step, trouble })));
const cells = IS_FULL ? ALL : SAMPLE;

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ target: 'local' });
});
afterAll(() => harness.close());

test.each(cells)('$step: $trouble, on the real engine', async ({ step, trouble }) => {
  const customer = await meet(harness, step, trouble);
  const id = customer.customerId;
  if (trouble === 'cancel') {
    await harness.untilPhase(id, 'ended');
    expect(await effectsOf(harness, id)).toEqual(NOTHING);
    return;
  }
  await untilParked(harness, id, step);
  expect(await effectsOf(harness, id)).toEqual(await effectsClaimed(harness, id));
  harness.failpoints.disarm(id);
  await eventually('the replay', () => harness.command(id, 'resumeOnboarding', { from: 'failed' }));
  await harness.untilPhase(id, 'trial');
  expect(await effectsOf(harness, id)).toEqual(EVERYTHING);
});

const rollbacks = IS_FULL ? ALL.filter(({ trouble }) => trouble !== 'cancel') : [];
if (rollbacks.length > 0)
  test.each(rollbacks)('$step: $trouble, rolled back on the real engine', async ({ step, trouble }) => {
    const { customerId: id } = await meet(harness, step, trouble, { profile: ROLLBACK });
    await untilParked(harness, id, step);
    expect(await effectsOf(harness, id)).toEqual(NOTHING);
  });

test('a slug that no host can have parks the customer; corrected, the replay builds one stack', async () => {
  const customer = await harness.signUp({
    beforeStart: async (id) => {
      await harness.database.updateTable('customers').set({ slug: 'api' }).where('customerId', '=', id).execute();
    },
  });
  const id = customer.customerId;
  await untilParked(harness, id, 'stack');
  const [alert] = await eventually('the alert', async () => {
    const alerts = await harness.alerts(id);
    return alerts.length > 0 && alerts;
  });
  expect(alert?.summary).toMatch(/^InvalidSpec/);
  const { correctionId } = await harness.database
    .insertInto('corrections')
    .values({ customerId: id, actor: 'staff', patch: JSON.stringify({ slug: `acme-${id.slice(-8)}` }) })
    .returning('correctionId')
    .executeTakeFirstOrThrow();
  await eventually('the replay', () => harness.command(id, 'resumeOnboarding', { from: 'failed', correctionId }));
  await harness.untilPhase(id, 'trial');
  expect(await effectsOf(harness, id)).toEqual(EVERYTHING);
});
