import { storeCorrection } from '../../infra/db/repositories/corrections.ts';
import { defineMail, type Mail } from '../../infra/product/define-mail.ts';
import { defineProduct } from '../../infra/product/define-product.ts';
import { defineStep } from '../../infra/product/define-step.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import { eventually } from '../support/eventually.ts';
import { historyText } from '../support/history-text.ts';
import { LifecycleHarness, type SignedUp } from '../support/lifecycle.ts';
import { tenure } from '../support/default-product.ts';

// A product's own mail, sent by a step of its own: it keeps the same promises as the core's mails.
const tips = defineMail({
  subject: ({ customer }) => `Tips for ${customer.companyName ?? 'you'}`,
  paragraphs: ['Read them.'],
  actions: [{ label: 'Read', url: '/account' }],
});
const tipsMail = defineStep({
  ...{ name: 'tipsMail', title: 'Send tips', part: 'instance', needs: ['stack'], takes: ['email'], mail: 'tips' },
});
const mails: Record<string, Mail> = { tips };
const { profile, senders } = defineProduct({ ...tenure, steps: [...CORE_STEPS, tipsMail], mails });

let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start({ profile: { steps: profile.steps }, mails, senders });
});
afterAll(() => harness.close());
afterEach(() => harness.clearFaults());

const tipsTo = async (email: string): Promise<number> =>
  (await harness.inbox.to(email)).filter(({ subject }) => subject.startsWith('Tips')).length;
const stateOf = async (customerId: string): Promise<unknown> =>
  (await harness.ledger(customerId)).filter(({ step }) => step === 'tipsMail').map(({ state }) => state);
const openAlerts = async (customerId: string) =>
  (await harness.alerts(customerId)).filter(({ resolvedAt }) => resolvedAt === null);
const replay = (customerId: string, correctionId?: string) =>
  harness.command(customerId, 'resumeOnboarding', { from: 'failed', ...(correctionId && { correctionId }) });

/** A customer in trial whose mail was refused, or has no text. */
async function withoutTips(): Promise<SignedUp> {
  const customer = await harness.inTrial();
  await eventually('the alert', async () => (await harness.alerts(customer.customerId)).length === 1);
  return customer;
}

/** A customer for whom the core's last step fails, after the mail. */
async function parked(): Promise<SignedUp> {
  const beforeStart = (id: string): void => void harness.failpoints.arm('checkInstance', id, 'before');
  const customer = await harness.signUp({ beforeStart });
  const { customerId } = customer;
  await harness.untilRow(customerId, 'parked', ({ attention }) => attention === 'instanceHealth');
  harness.failpoints.disarm(customerId);
  expect(await tipsTo(customer.email)).toBe(1);
  return customer;
}

test('it is sent once, stands in the ledger, and a replay of what does not lead to it sends it no more', async () => {
  const { customerId, email } = await parked();
  await replay(customerId);
  await harness.untilPhase(customerId, 'trial');
  expect(await tipsTo(email)).toBe(1);
  expect(await stateOf(customerId)).toEqual(['done']);
});

test('a corrected address gets it too, and the same one written in another way does not', async () => {
  const [moved, same] = await Promise.all([parked(), parked()]);
  const correct = ({ customerId }: SignedUp, email: string) =>
    storeCorrection(harness.database, { customerId, actor: 'staff', patch: { email } });
  const right = `right-${moved.email}`;
  expect((await replay(moved.customerId, await correct(moved, right))).willRun).toContain('tipsMail');
  const { willRun } = await replay(same.customerId, await correct(same, same.email.toUpperCase()));
  expect(willRun).not.toContain('tipsMail');
  for (const { customerId } of [moved, same]) await harness.untilPhase(customerId, 'trial');
  expect([await tipsTo(right), await tipsTo(moved.email), await tipsTo(same.email)]).toEqual([1, 1, 1]);
});

test('one that is refused stops nobody; support is told, and replays it', async () => {
  harness.inbox.fault(/^Tips/, 'refuse');
  const { customerId, email } = await withoutTips();
  expect(await harness.row(customerId)).toMatchObject({ attention: 'tipsMail', phase: 'trial' });
  await harness.clearFaults();
  expect((await replay(customerId)).willRun).toEqual(['tipsMail']);
  expect(await tipsTo(email)).toBe(1);
  expect(await openAlerts(customerId)).toEqual([]);
});

test('while the mail service is away it stays owed, and goes out once when that is back', async () => {
  harness.inbox.fault(/^Tips/, 'throttle', 4);
  const { customerId, email } = await harness.inTrial();
  expect(await stateOf(customerId)).toEqual(['done']);
  await eventually('the mail', async () => (await tipsTo(email)) === 1);
  expect(await harness.alerts(customerId)).toEqual([]);
});

test('one without a text parks nobody and names nobody; support is told, and replays it when it is mended', async () => {
  mails['tips'] = {
    ...tips,
    paragraphs: ({ customer }) => {
      throw new RangeError(`no words for ${customer.email ?? ''}`);
    },
  };
  const { customerId, email } = await withoutTips();
  mails['tips'] = tips;
  const [alert] = await openAlerts(customerId);
  expect(alert).toMatchObject({ step: 'tipsMail', errorType: 'MailNotRendered' });
  const kept = harness.database.selectFrom('emails').select(['state', 'error']).where('customerId', '=', customerId);
  expect(await kept.where('template', '=', 'tips').execute()).toEqual([{ state: 'failed', error: 'RangeError' }]);
  const { workflow } = harness.temporal.client;
  let texts = '';
  for await (const { workflowId, runId } of workflow.list({
    query: `WorkflowId = "${customerWorkflowId(customerId)}"`,
  }))
    texts += historyText(await workflow.getHandle(workflowId, runId).fetchHistory());
  expect(texts).toContain('"RangeError"');
  expect(texts).not.toContain('no words for');
  await replay(customerId);
  expect(await tipsTo(email)).toBe(1);
  expect(await harness.row(customerId)).toMatchObject({ attention: null });
});
