import { execFileSync } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import { newCustomerState } from '../../workflows/domain/customer-state.ts';
import type { Step } from '../../workflows/domain/steps.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';
import { bundleChanged, typeErrorsOf } from '../support/lifecycle-bundle.ts';
import { listFixtures, readFixture } from './manifest.ts';

// The examples of docs/runbooks/safe-deploys.md, carried out: each is a release that meets customers from before it.
const EXAMPLES = fileURLToPath(new URL('../../docs/runbooks/examples/', import.meta.url));

const apply = (example: string) => (workflows: string) => {
  execFileSync('git', ['apply', join(EXAMPLES, example)], { cwd: dirname(workflows) });
  return Promise.resolve();
};

/** Recorded histories that this code would not replay in the same way. */
async function brokenBy(workflowBundle: WorkflowBundle): Promise<readonly string[]> {
  const paths = await listFixtures();
  const histories = await Promise.all(
    paths.map(async (path) => ({ workflowId: path, history: JSON.parse(await readFixture(path)) as unknown })),
  );
  const broken: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories))
    if (error) broken.push(workflowId);
  return broken;
}

/** As in adding-a-step.patch. */
const BILLING_CHECK: Step = {
  name: 'billingCheck',
  title: 'Check your billing account',
  part: 'billing',
  needs: ['trialSubscription'],
  takes: [],
  whenItFails: 'continue',
  run: 'readBillingState',
};

let withStep: WorkflowBundle;
let harness: LifecycleHarness;
beforeAll(async () => {
  withStep = await bundleChanged(apply('adding-a-step.patch'));
  harness = await LifecycleHarness.start({ lifecycleWorker: { workflowBundle: withStep } });
});
afterAll(() => harness.close());

test('both examples compile', async () => {
  const both = async (workflows: string): Promise<void> => {
    for (const example of await readdir(EXAMPLES)) await apply(example)(workflows);
  };
  expect(await typeErrorsOf(both)).toBe('');
});

test('a step is added: customers from before go on without it, new ones run it', async () => {
  expect(await brokenBy(withStep)).toEqual([]);
  // This customer signed up before: the step is not in their terms.
  const before = await harness.inTrial();
  expect(await harness.stepStates(before.customerId)).not.toHaveProperty('billingCheck');
  const after = await harness.inTrial({ beforeStart: startAsNewRelease });
  expect((await harness.stepStates(after.customerId))['billingCheck']).toMatchObject({ state: 'done' });
  const rows = (await harness.ledger(after.customerId)).filter(({ step }) => step === 'billingCheck');
  expect(rows).toMatchObject([{ state: 'done', attempts: 1 }]);
});

/** As the new release's API does it. */
async function startAsNewRelease(customerId: string): Promise<void> {
  const { terms, trialEndsAt, createdAt } = await harness.row(customerId);
  const state = newCustomerState({
    customerId,
    terms: { ...terms, steps: [...CORE_STEPS, BILLING_CHECK] },
    trialEndsAt: trialEndsAt?.toISOString() ?? null,
    signedUpAt: createdAt.toISOString(),
  });
  await harness.temporal.client.workflow.start('onboarding', {
    workflowId: customerWorkflowId(customerId),
    taskQueue: TASK_QUEUE.lifecycle,
    args: [state],
  });
}

test('a step is added to those of customers from before: their histories show that they would break', async () => {
  const careless = await bundleChanged(async (workflows) => {
    const file = join(workflows, 'domain', 'core-steps.ts');
    const code = await readFile(file, 'utf8');
    const every = '({ name, ...step }));';
    expect(code).toContain(every);
    await writeFile(file, code.replace(every, `({ name, ...step })).concat(${JSON.stringify(BILLING_CHECK)});`));
  });
  expect(await brokenBy(careless)).toContainEqual(expect.stringMatching(/^onboarding\//));
});

test('a phase is changed under `patched`: customers in it continue as they began; without it their histories break', async () => {
  expect(await brokenBy(await bundleChanged(apply('changing-a-phase.patch')))).toEqual([]);
  const careless = await bundleChanged(async (workflows) => {
    await apply('changing-a-phase.patch')(workflows);
    const file = join(workflows, 'cancellation.ts');
    const code = await readFile(file, 'utf8');
    await writeFile(file, code.replace("patched('ask-stripe-before-leaving')", 'Boolean(patched)'));
  });
  expect(await brokenBy(careless)).toContainEqual(expect.stringMatching(/^cancellation\//));
});
