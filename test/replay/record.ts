import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { openCheckout } from '../../api/accounts/checkout.ts';
import { onboardCustomer } from '../../api/accounts/onboard.ts';
import { changePlan, previewPlan } from '../../api/support/plan-change.ts';
import { startBatch } from '../../api/support/batches.ts';
import { eraseAccount } from '../../api/support/erasures.ts';
import { mendRecords } from '../../api/support/mend-records.ts';
import { refundCustomer } from '../../api/support/refunds.ts';
import { WORKFLOW_TYPE } from '../../workflows/contract/customer.ts';
import { ERASURE, erasureWorkflowId } from '../../workflows/contract/erasure.ts';
import {
  ACCOUNT_MAIL,
  OWED_MAIL,
  accountMailWorkflowId,
  owedMailWorkflowId,
  type AccountMail,
} from '../../workflows/contract/mails.ts';
import { PROSPECT, prospectWorkflowId } from '../../workflows/contract/prospect.ts';
import { PLAN_PREVIEW } from '../../workflows/contract/plan-preview.ts';
import { REFUND, refundWorkflowId } from '../../workflows/contract/refund.ts';
import type { BillingPreviewInput, OwnStepPreviewInput, PreviewInput } from '../../workflows/contract/replay.ts';
import { replayBatchWorkflowId } from '../../workflows/contract/replay-batch.ts';
import { INSTANCE_SIGN_OUT, STACK_LOCK, instanceSignOutWorkflowId } from '../../workflows/contract/stack.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { RECONCILIATION, reconciliationWorkflowId } from '../../workflows/contract/reconciliation.ts';
import { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import type { Step } from '../../workflows/domain/steps.ts';
import { findProspectOfCheckout } from '../../infra/db/repositories/prospects.ts';
import { eventually } from '../support/eventually.ts';
import { freemium, trialFirst } from '../support/freemium.ts';
import { LifecycleHarness, DAY } from '../support/lifecycle.ts';
import { ROLLBACK } from '../support/lifecycle-cells.ts';
import { RUN_FOLDER } from '../support/jest/settings.ts';
import { endRun } from '../support/test-run.ts';
import { FIXTURES, MANIFEST, hashOf, readManifest } from './manifest.ts';

/*
 * Records histories of every workflow type on the harness, as they are at this release:
 *   node test/replay/record.ts
 * What was recorded before stays as it is, even if the code has changed since: old customers have such histories.
 * `--anew` writes this release's cases again, which is right only before the release is out.
 */
const anew = process.argv.includes('--anew');

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const manifest: Record<string, string> = { ...(await readManifest().catch(() => ({}))) };
const harness = await LifecycleHarness.start({
  ownActivities: {
    addMailDomain: () => Promise.resolve(),
    removeMailDomain: () => Promise.resolve(),
    lookAtMailDomain: () => Promise.resolve({ lines: ['register the mail domain'] }),
  },
});

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Names and folders of the recording machine do not belong in the repository. */
const anonymous = (text: string): string => text.replaceAll(`@${hostname()}`, '@recorder').replaceAll(root, '');

async function keep(workflowId: string, type: string, name: string, which = 0): Promise<void> {
  const path = `${type}/history.${version}.${name}.json`;
  if (manifest[path] !== undefined && !anew) return;
  const runs = [];
  for await (const run of harness.temporal.client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    if (run.type === type) runs.unshift(run);
  const run = runs.at(which);
  if (!run) throw new Error(`There is no run of ${type} for ${name}.`);
  const history = await harness.temporal.client.workflow.getHandle(workflowId, run.runId).fetchHistory();
  const text = `${anonymous(JSON.stringify(JSON.parse(historyToJSON(history)), null, 1))}\n`;
  await mkdir(dirname(join(FIXTURES, path)), { recursive: true });
  await writeFile(join(FIXTURES, path), text);
  manifest[path] = hashOf(text);
  console.log(`recorded ${path}`);
}

const customer = (id: string): string => `customer/${id}`;
const park = (id: string): void => {
  harness.failpoints.arm('checkInstance', id, 'before');
};
const untilParked = (id: string) => harness.untilRow(id, 'parked', ({ attention }) => attention === 'instanceHealth');

async function paidBack(id: string): Promise<void> {
  const order = { customerId: id, actor: 'staff', commandId: 'recorded' };
  await refundCustomer(harness.deps, order, { amount: 1_000, reason: 'recorded' });
  await keep(refundWorkflowId(id, order.commandId), REFUND, 'paid-back');
}

async function withoutInstance(): Promise<void> {
  const particulars = { email: 'recorded@acme.example', company_name: 'Acme', reason: 'recorded' };
  const { customer: made } = await onboardCustomer(harness.deps, { ...particulars, skip_provisioning: true }, 'staff');
  const { customerId: id } = await harness.untilPhase(made.customerId, 'trial');
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'without-instance');
  const key = `${id}:passwordLink:recorded`;
  const mail: AccountMail = { customerId: id, mail: 'passwordLink', key };
  const mailed = { workflowId: accountMailWorkflowId(key), taskQueue: TASK_QUEUE.lifecycle, args: [mail] };
  await harness.temporal.client.workflow.execute(ACCOUNT_MAIL, mailed);
  await keep(mailed.workflowId, ACCOUNT_MAIL, 'password-link');
  const looked = { workflowId: `stack-lock/${id}`, taskQueue: TASK_QUEUE.lifecycle, args: [{ customerId: id }] };
  await harness.temporal.client.workflow.execute(STACK_LOCK, looked);
  await keep(looked.workflowId, STACK_LOCK, 'nobody');
  const ended = {
    workflowId: instanceSignOutWorkflowId(id),
    taskQueue: TASK_QUEUE.lifecycle,
    args: [{ customerId: id }],
  };
  await harness.temporal.client.workflow.execute(INSTANCE_SIGN_OUT, ended);
  await keep(ended.workflowId, INSTANCE_SIGN_OUT, 'told');
}

async function trialThatConverts(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  const end = await harness.trialEndsAt(id);
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'done');
  await keep(`stack/${id}`, 'provisioning', 'create');
  const preview = { workflowId: `stack-preview/${id}`, taskQueue: TASK_QUEUE.lifecycle };
  const args: [PreviewInput] = [{ customerId: id, operation: 'update', trialBeginsAnew: false }];
  await harness.temporal.client.workflow.execute('stackPreview', { ...preview, args });
  await keep(preview.workflowId, 'stackPreview', 'update');
  await previewsOfReplays(id);
  await harness.advance(id, end - 6 * DAY);
  await harness.command(id, 'extendTrial', { days: 7 });
  await keep(customer(id), WORKFLOW_TYPE.trial, 'mid-trial');
  await harness.pay(await harness.checkout(id, 'at_trial_end'));
  await eventually('the method', async () => (await harness.inStripe(id)).live[0]?.default_payment_method);
  await harness.advance(id, end + 8 * DAY);
  await harness.untilPhase(id, 'subscription');
  await keep(customer(id), WORKFLOW_TYPE.trial, 'converted');
  await harness.advance(id, end + 40 * DAY);
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'renewed');
  await paidBack(id);
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'cancelled');
  await keep(customer(id), WORKFLOW_TYPE.cancellation, 'backup-kept');
}

async function previewsOfReplays(customerId: string): Promise<void> {
  const { workflow } = harness.temporal.client;
  const stack = { workflowId: `stack-preview/${customerId}/replace`, taskQueue: TASK_QUEUE.lifecycle };
  const replaced: [PreviewInput] = [{ customerId, operation: 'replace', trialBeginsAnew: true }];
  await workflow.execute('stackPreview', { ...stack, args: replaced });
  await keep(stack.workflowId, 'stackPreview', 'replace');
  const stripe = { workflowId: `billing-preview/${customerId}`, taskQueue: TASK_QUEUE.lifecycle };
  const asked: [BillingPreviewInput] = [{ customerId, willRun: ['trialSubscription'], willUndo: [] }];
  await workflow.execute('billingPreview', { ...stripe, args: asked });
  await keep(stripe.workflowId, 'billingPreview', 'looked');
}

const MAIL_DOMAIN: Step = {
  ...{ name: 'mailDomain', title: 'Register your mail domain', part: 'instance', needs: ['stack'], takes: ['slug'] },
  ...{ whenItFails: 'policy', run: 'addMailDomain', undo: 'removeMailDomain', preview: 'lookAtMailDomain' },
};

async function withOwnStep(): Promise<void> {
  const { customerId } = await harness.inTrial({ profile: { steps: [...CORE_STEPS, MAIL_DOMAIN] } });
  await keep(customer(customerId), WORKFLOW_TYPE.onboarding, 'own-step');
  const asked: OwnStepPreviewInput = {
    ...{ customerId, step: 'mailDomain', queue: 'lifecycle', activity: 'lookAtMailDomain', trialBeginsAnew: false },
  };
  const look = { workflowId: `step-preview/${customerId}`, taskQueue: TASK_QUEUE.lifecycle, args: [asked] };
  await harness.temporal.client.workflow.execute('stepPreview', look);
  await keep(look.workflowId, 'stepPreview', 'looked');
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
  await keep(customer(customerId), WORKFLOW_TYPE.cancellation, 'own-step');
}

async function freeToPaid(): Promise<void> {
  const { customerId: id } = await harness.signUp({ profile: freemium });
  await harness.untilPhase(id, 'free');
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'free-plan');
  await harness.advance(id, Date.now() + 30 * DAY);
  await keep(customer(id), WORKFLOW_TYPE.free, 'renewed');
  const { checkoutUrl } = await harness.command(id, 'subscribe', { plan: 'starter' });
  await harness.pay(checkoutUrl);
  await harness.untilPhase(id, 'subscription');
  await keep(customer(id), WORKFLOW_TYPE.free, 'subscribed');
  await harness.command(id, 'cancel', { when: 'period_end' });
  await harness.advance(id, Date.now() + 62 * DAY);
  await harness.untilPhase(id, 'free');
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'back-to-free');
}

async function paidFirst(): Promise<void> {
  const order = (hours: number) => {
    const profile = { ...harness.deps.profile, prospects: { remindAfterHours: hours, abandonAfterHours: hours * 4 } };
    const email = `recorded-${String(hours)}@acme.example`;
    const signup = { ...{ email, emailNorm: email, companyName: 'Acme', fullName: null, password: null } };
    return openCheckout({ ...harness.deps, profile }, { ...signup, plan: profile.plans[0] }, { ip: '127.0.0.1' });
  };
  const idOf = async (checkoutId: string): Promise<string> =>
    (await findProspectOfCheckout(harness.database, { profile: 'tenure', checkoutId }))?.customerId ?? '';
  for (const [name, hours] of [
    ['became-customer', 24],
    ['abandoned', 0.0003],
  ] as const) {
    const { checkoutId, checkoutUrl } = await order(hours);
    if (name === 'became-customer') await harness.pay(checkoutUrl);
    const workflowId = prospectWorkflowId(await idOf(checkoutId));
    await harness.temporal.client.workflow.getHandle(workflowId).result();
    await keep(workflowId, PROSPECT, name);
  }
}

async function trialBesideFree(): Promise<void> {
  const { customerId: id } = await harness.inTrial({ profile: trialFirst });
  await harness.advance(id, (await harness.trialEndsAt(id)) + DAY);
  await harness.untilPhase(id, 'free');
  await keep(customer(id), WORKFLOW_TYPE.trial, 'to-free');
}

async function trialThatExpires(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await harness.advance(id, (await harness.trialEndsAt(id)) + 40 * DAY);
  await harness.untilPhase(id, 'ended');
  await keep(customer(id), WORKFLOW_TYPE.trial, 'expired');
  await keep(`stack/${id}`, 'provisioning', 'destroy', -1);
}

async function erasure(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await harness.command(id, 'eraseAccount', {});
  await harness.handle(id).result();
  await keep(customer(id), WORKFLOW_TYPE.cancellation, 'erased');
  await keep(customer(id), WORKFLOW_TYPE.cancellation, 'identity-deleted');
}

async function replayedByBatch(): Promise<void> {
  const { customerId: id } = await harness.signUp({ beforeStart: park });
  await untilParked(id);
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'parked');
  harness.failpoints.disarm(id);
  const { batchId } = await startBatch(harness.deps, {
    ...{ actor: 'staff', reason: 'recorded', concurrency: 2, maxFailureRate: 1 },
    filter: { customerIds: [id] },
  });
  await harness.untilPhase(id, 'trial');
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'replayed');
  const batch = replayBatchWorkflowId(batchId);
  await harness.temporal.client.workflow.getHandle(batch).result();
  await keep(batch, 'replayBatch', 'done');
}

async function abandoned(): Promise<void> {
  const { customerId: id } = await harness.signUp({ beforeStart: park });
  await untilParked(id);
  await harness.command(id, 'abandonOnboarding', {});
  await harness.handle(id).result();
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'abandoned');
  await eraseAccount(harness.deps, { customerId: id, actor: 'staff', commandId: 'recorded' });
  await harness.temporal.client.workflow.getHandle(erasureWorkflowId(id)).result();
  await keep(erasureWorkflowId(id), ERASURE, 'who-left');
  await keep(erasureWorkflowId(id), ERASURE, 'identity-deleted');
}

async function mended(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await harness.handle(id).terminate();
  await mendRecords(harness.deps, { customerId: id, actor: 'staff', commandId: 'recorded' }, { reason: 'recorded' });
  await keep(reconciliationWorkflowId(id), RECONCILIATION, 'restarted');
}

async function rolledBack(): Promise<void> {
  const { customerId: id } = await harness.signUp({ beforeStart: park, profile: ROLLBACK });
  await untilParked(id);
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'rolled-back');
  harness.failpoints.disarm(id);
  await harness.command(id, 'resumeOnboarding', { from: 'failed' });
  await harness.untilPhase(id, 'trial');
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'rolled-back-and-replayed');
}

async function undoFails(): Promise<void> {
  const { customerId: id } = await harness.signUp({
    beforeStart: (signedUp) => {
      harness.failpoints.arm('ensureTrialSubscription', signedUp, 'after');
      harness.failpoints.arm('cancelSubscription', signedUp, 'before');
    },
  });
  await harness.untilRow(id, 'parked', ({ attention }) => attention === 'trialSubscription');
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'undo-failed');
  harness.failpoints.disarm(id);
}

async function cancelledInMidStep(): Promise<void> {
  const held = Promise.withResolvers<ReturnType<typeof harness.failpoints.arm>>();
  const { customerId: id } = await harness.signUp({
    beforeStart: (signedUp) => {
      held.resolve(harness.failpoints.arm('ensureTrialSubscription', signedUp, 'hold'));
    },
  });
  const { reached, release } = await held.promise;
  await reached;
  await harness.command(id, 'cancel', { when: 'now' });
  release();
  await harness.untilPhase(id, 'ended');
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'cancelled');
}

async function mailReplayedInTrial(): Promise<void> {
  harness.inbox.fault(/^Welcome/, 'refuse');
  const { customerId: id } = await harness.inTrial();
  await harness.clearFaults();
  await keep(customer(id), WORKFLOW_TYPE.onboarding, 'mail-owed');
  await harness.command(id, 'resumeOnboarding', { from: 'failed' });
  await keep(customer(id), WORKFLOW_TYPE.trial, 'mail-replayed');
}

async function mailSentLate(): Promise<void> {
  harness.inbox.fault(/^Welcome/, 'throttle');
  const { customerId: id } = await harness.inTrial();
  const owed = harness.database.selectFrom('emails').select(['emailId', 'state']).where('customerId', '=', id);
  const welcome = owed.where('template', '=', 'welcome');
  const { emailId } = await welcome.executeTakeFirstOrThrow();
  await harness.clearFaults();
  await harness.temporal.client.workflow.getHandle(owedMailWorkflowId(id, emailId)).result();
  await keep(owedMailWorkflowId(id, emailId), OWED_MAIL, 'sent-late');
}

/** Somebody moves them to another plan in Stripe, then ends the subscription; they subscribe again. */
async function changedInStripe(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  const trial = (await harness.inStripe(id)).live[0];
  const price = await harness.stripe.prices.create({
    ...{ currency: 'usd', unit_amount: 49_900, recurring: { interval: 'month' } },
    ...{ lookup_key: 'tenure_professional_monthly', product_data: { name: 'Professional' } },
  });
  const items = [{ id: trial?.items.data[0]?.id ?? '', price: price.id }];
  await harness.stripe.subscriptions.update(trial?.id ?? '', { items, proration_behavior: 'none' });
  await harness.untilRow(id, 'the plan', ({ plan }) => plan === 'professional');
  await harness.stripe.subscriptions.cancel(trial?.id ?? '');
  await harness.untilRow(id, 'read-only', ({ standing }) => standing === 'read_only');
  await keep(customer(id), WORKFLOW_TYPE.trial, 'moved-and-lapsed');
  await harness.advance(id, Date.now() + 5 * DAY);
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilRow(id, 'back', ({ standing }) => standing === 'active');
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'lapsed-and-back');
}

/** Nobody pays any more, to the last stage; Stripe knows nothing of another one. */
async function neverPaidAgain(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await harness.pay(await harness.checkout(id, 'at_trial_end'), '4000000000000341');
  const end = await harness.trialEndsAt(id);
  await eventually('the method', async () => (await harness.inStripe(id)).live[0]?.default_payment_method);
  await harness.advance(id, end + 60 * DAY);
  await harness.untilPhase(id, 'ended');
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'never-paid');
  const gone = await harness.inTrial();
  const { stripeCustomerId } = await harness.row(gone.customerId);
  await harness.stripe.customers.del(stripeCustomerId ?? '');
  await eventually('the alert', async () => (await harness.alerts(gone.customerId)).length > 0 || undefined);
  await keep(customer(gone.customerId), WORKFLOW_TYPE.trial, 'missing-in-stripe');
}

/** Whose end is ordered here, and comes as it was told. */
async function leavesAsOrdered(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await eventually('the order', () => harness.command(id, 'cancel', { when: 'period_end' }));
  await harness.advance(id, (await harness.trialEndsAt(id)) + DAY / 8);
  await harness.untilPhase(id, 'ended');
  await keep(customer(id), WORKFLOW_TYPE.trial, 'leaves-as-ordered');
}

const choose = (customerId: string, plan: string) =>
  changePlan(harness.deps, { customerId, actor: 'customer', commandId: randomUUID() }, { plan });

/** Who chooses more in the trial, a yet higher plan while they pay, and then less for later. */
async function plansChosen(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await choose(id, 'professional');
  await previewPlan(harness.deps, id, { plan: 'enterprise' });
  const previews = harness.temporal.client.workflow.list({ query: `WorkflowType="${PLAN_PREVIEW}"` });
  for await (const { workflowId } of previews) await keep(workflowId, PLAN_PREVIEW, 'in-trial');
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilPhase(id, 'subscription');
  await keep(customer(id), WORKFLOW_TYPE.trial, 'plan-chosen');
  await choose(id, 'enterprise');
  const { beginsAt } = await choose(id, 'starter');
  await harness.advance(id, Date.parse(beginsAt ?? '') + DAY / 2);
  await harness.untilRow(id, 'the lower plan', ({ plan }) => plan === 'starter');
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'plans-chosen');
}

/** Who pauses, changes their mind, and pauses until they are charged again. */
async function paused(): Promise<void> {
  const { customerId: id } = await harness.inTrial();
  await harness.pay(await harness.checkout(id, 'now'));
  await harness.untilPhase(id, 'subscription');
  await harness.untilRow(id, 'paid', ({ subscriptionStatus }) => subscriptionStatus === 'active');
  await harness.command(id, 'pause', { months: 2 });
  await harness.command(id, 'resume', {});
  const { until } = await harness.command(id, 'pause', { months: 1 });
  await harness.advance(id, Date.parse(until) + DAY / 2);
  await harness.untilRow(id, 'active', ({ standing }) => standing === 'active');
  await keep(customer(id), WORKFLOW_TYPE.subscription, 'paused');
}

try {
  await leavesAsOrdered();
  await changedInStripe();
  await neverPaidAgain();
  await trialThatConverts();
  await withOwnStep();
  await trialThatExpires();
  await freeToPaid();
  await trialBesideFree();
  await paidFirst();
  await erasure();
  await replayedByBatch();
  await abandoned();
  await withoutInstance();
  await mended();
  await rolledBack();
  await undoFails();
  await cancelledInMidStep();
  await mailReplayedInTrial();
  await mailSentLate();
  await plansChosen();
  await paused();
  const sorted = Object.fromEntries(Object.entries(manifest).sort(([one], [other]) => one.localeCompare(other)));
  await writeFile(MANIFEST, `${JSON.stringify(sorted, null, 2)}\n`);
} finally {
  await harness.close();
  await endRun(RUN_FOLDER);
}
