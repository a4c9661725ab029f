import { eventually } from '../support/eventually.ts';
import { Bench, DAY } from '../support/lifecycle.ts';

// Nothing is cached here, so every workflow task replays the whole history; code that decides otherwise the second
// time fails the workflow, and the story does not reach its end.
// Provisioning is a stand-in here; it is real in life.test.ts and compensation-stack.test.ts.
let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({
    lifecycleWorker: { maxCachedWorkflows: 0, workflowFailureErrorTypes: { '*': ['NondeterminismError'] } },
  });
});
afterAll(() => bench.close());

const typesOf = async (id: string): Promise<string[]> => {
  const types: string[] = [];
  for await (const run of bench.temporal.client.workflow.list({ query: `WorkflowId = 'customer/${id}'` })) {
    expect(['CONTINUED_AS_NEW', 'COMPLETED', 'RUNNING']).toContain(run.status.name);
    types.unshift(run.type);
  }
  return types;
};

test.concurrent('a paying life replays on every task', async () => {
  const customer = await bench.inTrial();
  const id = customer.customerId;
  const end = await bench.trialEndsAt(id);
  await bench.advance(id, end - 6 * DAY);
  await bench.command(id, 'extendTrial', { days: 7 });
  await bench.pay(await bench.checkout(id, 'at_trial_end'));
  await eventually('the method', async () => (await bench.inStripe(id)).live[0]?.default_payment_method);
  await bench.advance(id, end + 8 * DAY);
  await bench.untilPhase(id, 'subscription');
  await bench.advance(id, end + 40 * DAY);
  await bench.command(id, 'cancel', { when: 'now' });
  await bench.untilPhase(id, 'ended');
  expect(await typesOf(id)).toEqual(['onboarding', 'trialCountdown', 'subscription', 'cancellation']);
});

test.concurrent('an onboarding that fails, is replayed, and a trial that expires replay on every task', async () => {
  const customer = await bench.signUp();
  const id = customer.customerId;
  bench.failpoints.arm('checkInstance', id, 'before', 3);
  await bench.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');
  await eventually('the replay', () => bench.command(id, 'resumeOnboarding', { from: 'stack' }));
  await bench.untilPhase(id, 'trial');
  const end = await bench.trialEndsAt(id);
  // In two goes: a command is answered within twenty seconds or said to be of unknown outcome.
  for (const days of [10, 40]) await bench.advance(id, end + days * DAY);
  await bench.untilPhase(id, 'ended');
  expect(await typesOf(id)).toEqual(['onboarding', 'trialCountdown', 'cancellation']);
});
