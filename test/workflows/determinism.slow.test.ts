import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';

// Nothing is cached here, so every workflow task replays the whole history; code that decides differently the
// second time fails the workflow, and the story does not reach its end.
// Provisioning is a stand-in here; it is real in life.slow.test.ts and compensation-stack.slow.test.ts.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({
    lifecycleWorker: { maxCachedWorkflows: 0, workflowFailureErrorTypes: { '*': ['NondeterminismError'] } },
  });
});
afterAll(() => harness.close());

const typesOf = async (id: string): Promise<string[]> => {
  const types: string[] = [];
  for await (const run of harness.temporal.client.workflow.list({ query: `WorkflowId = 'customer/${id}'` })) {
    expect(['CONTINUED_AS_NEW', 'COMPLETED', 'RUNNING']).toContain(run.status.name);
    types.unshift(run.type);
  }
  return types;
};

test.concurrent('a paying life replays on every task', async () => {
  const customer = await harness.inTrial();
  const id = customer.customerId;
  const end = await harness.trialEndsAt(id);
  await harness.advance(id, end - 6 * DAY);
  await harness.command(id, 'extendTrial', { days: 7 });
  await harness.pay(await harness.checkout(id, 'at_trial_end'));
  await eventually('the method', async () => (await harness.inStripe(id)).live[0]?.default_payment_method);
  await harness.advance(id, end + 8 * DAY);
  await harness.untilPhase(id, 'subscription');
  await harness.advance(id, end + 40 * DAY);
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  expect(await typesOf(id)).toEqual(['onboarding', 'trialCountdown', 'subscription', 'cancellation']);
});

test.concurrent('an onboarding that fails, is replayed, and a trial that expires replay on every task', async () => {
  const customer = await harness.signUp();
  const id = customer.customerId;
  harness.failpoints.arm('checkInstance', id, 'before', 3);
  await harness.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');
  await eventually('the replay', () => harness.command(id, 'resumeOnboarding', { from: 'stack' }));
  await harness.untilPhase(id, 'trial');
  const end = await harness.trialEndsAt(id);
  // In two goes: a command that is not answered within twenty seconds gets the reply that its outcome is unknown.
  for (const days of [10, 40]) await harness.advance(id, end + days * DAY);
  await harness.untilPhase(id, 'ended');
  expect(await typesOf(id)).toEqual(['onboarding', 'trialCountdown', 'cancellation']);
});
