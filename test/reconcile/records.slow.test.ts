import type Stripe from 'stripe';
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { sql } from 'kysely';
import { stripeRecords } from '../../activities/billing/record.ts';
import { addReconcileCommand } from '../../api/cli/reconcile-command.ts';
import { findPaidInvoice } from '../../infra/db/repositories/invoices.ts';
import { customersWithOpenRefunds } from '../../infra/db/repositories/refund-requests.ts';
import { customersOwedErasure, readCustomerRecords } from '../../infra/db/repositories/customer-records.ts';
import { sweepStripeRecords } from '../../infra/sweepers/compare-stripe.ts';
import { AdminClient } from '../../api/cli/admin-client.ts';
import { buildApp } from '../../api/http/app.ts';
import { sweepFailingWork } from '../../infra/sweepers/failing-work.ts';
import { sweepRecords } from '../../infra/sweepers/compare-records.ts';
import { tellOfDifferences } from '../../infra/sweepers/tell-differences.ts';
import { customerWorkflowId } from '../../workflows/contract/customer.ts';
import { REFUND, refundWorkflowId } from '../../workflows/contract/refund.ts';
import { stackWorkflowId } from '../../workflows/contract/stack.ts';
import { TASK_QUEUE } from '../../workflows/contract/task-queue.ts';
import { addSignup } from '../support/lifecycle-signup.ts';
import { eventually } from '../support/eventually.ts';
import { LifecycleHarness, DAY, SUPPORT, type SignedUp } from '../support/lifecycle.ts';
import { LocalSns } from '../support/sns.ts';
import { handOutNext, keepMoment } from './older-moment.ts';

let harness: LifecycleHarness;
let sns: LocalSns;
let api: string;
let admin: AdminClient;
beforeAll(async () => {
  [harness, sns] = await Promise.all([LifecycleHarness.start(), LocalSns.start()]);
  const app = await buildApp({ ...harness.deps, mailEvents: sns.topic });
  api = await app.listen({ host: '127.0.0.1', port: 0 });
  admin = new AdminClient({ api, staffToken: harness.deps.config.api.staffToken });
  closeApp = () => app.close();
});
let closeApp: () => Promise<unknown>;
afterAll(async () => {
  sns.close();
  await closeApp();
  await harness.close();
});

/** The differences of a customer by now, as if they had lasted for two minutes. */
async function lasting(customerId: string): Promise<Record<string, string>> {
  await sweepRecords(harness.sweeperDeps());
  await harness.database
    .updateTable('differences')
    .set({ firstSeen: new Date(Date.now() - 120_000) })
    .execute();
  const { differences } = await admin.differences(customerId);
  return Object.fromEntries(differences.map(({ kind, details }) => [kind, details]));
}

const until = (customerId: string, kind: string): Promise<string> =>
  eventually(`${kind} of ${customerId}`, async () => (await lasting(customerId))[kind]);
const untilNothing = (customerId: string): Promise<true> =>
  eventually(`nothing of ${customerId}`, async () =>
    Object.keys(await lasting(customerId)).length === 0 ? true : undefined,
  );

test('a customer whose run was terminated is named, told to support once with all of that kind, and shown', async () => {
  const [one, other] = await Promise.all([harness.inTrial(), harness.inTrial()]);
  for (const { customerId } of [one, other]) await harness.handle(customerId).terminate();
  for (const { customerId } of [one, other])
    expect(await until(customerId, 'no_run')).toBe('trial in Postgres; the run was stopped or has failed.');
  const tell = () => tellOfDifferences(harness.sweeperDeps(), { afterSeconds: 0 });
  await tell();
  await tell();
  const mails = (await harness.inbox.to(SUPPORT)).filter(({ subject }) => subject.startsWith('Records differ: no run'));
  expect(mails).toHaveLength(1);
  for (const { customerId } of [one, other]) expect(mails[0]?.text).toContain(customerId);
  const { compared_since: since } = await admin.differences();
  expect(Date.parse(since ?? '')).toBeLessThan(Date.now());

  await harness.database.deleteFrom('differences').execute();
  for (const { customerId } of [one, other])
    for (const { id } of (await harness.inStripe(customerId)).live) await harness.stripe.subscriptions.cancel(id);
  await harness.database
    .updateTable('customers')
    .set({ phase: 'ended' })
    .where('customerId', 'in', [one.customerId, other.customerId])
    .execute();
  await untilNothing(one.customerId);
  await tell();
  const left = await harness.database
    .selectFrom('differenceAlerts')
    .select('kind')
    .where('kind', '=', 'no_run')
    .execute();
  expect(left).toEqual([]);
});

test.each(['trial', 'subscription'] as const)(
  'a row in %s that was set to ended by hand is brought back',
  async (phase) => {
    const { customerId } = await harness.inTrial();
    if (phase === 'subscription') await harness.pay(await harness.checkout(customerId, 'now'));
    await harness.untilPhase(customerId, phase);
    await harness.database
      .updateTable('customers')
      .set({ phase: 'ended', endedAt: new Date() })
      .where('customerId', '=', customerId)
      .execute();
    await until(customerId, 'phase_differs');
    expect(await outcomesOf(customerId)).toEqual({ phase_differs: 'All three agree again.' });
    expect(await harness.row(customerId)).toMatchObject({ phase, endedAt: null });
  },
);

test('a row without terms is no error: what it lacks is said, and mending goes on once it is there', async () => {
  const { customerId } = await harness.inTrial();
  const { terms } = await harness.row(customerId);
  const write = (to: unknown) =>
    harness.database
      .updateTable('customers')
      .set({ terms: JSON.stringify(to) })
      .where('customerId', '=', customerId)
      .execute();
  await harness.handle(customerId).terminate();
  await write({ ...terms, graceDays: undefined });
  await until(customerId, 'no_run');
  expect(await outcomesOf(customerId)).toMatchObject({
    no_run: expect.stringMatching(/^LEFT .*customers\.terms lacks graceDays\./) as string,
  });
  await write(terms);
  expect(await outcomesOf(customerId)).toMatchObject({ no_run: 'A new run continues in trial.' });
});

/** A customer who has left, and may not have got the goodbye mail. */
async function withoutGoodbye(): Promise<SignedUp> {
  const customer = await harness.inTrial();
  const { customerId } = customer;
  harness.inbox.fault(/^Your account has been closed/, 'drop-reply');
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
  harness.inbox.clearFaults();
  await harness.handle(customerId).terminate();
  expect(await until(customerId, 'mail_in_doubt')).toBe('final mail');
  return customer;
}

test('a goodbye of which SES tells that it went out is in doubt no more', async () => {
  const { customerId, email } = await withoutGoodbye();
  const goodbye = /^Your account has been closed/;
  const body = JSON.stringify(sns.event('Delivery', harness.inbox.idOf(email, goodbye)));
  expect((await fetch(`${api}/webhooks/ses`, { method: 'POST', body })).status).toBe(200);
  await untilNothing(customerId);
  expect((await harness.alerts(customerId)).every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
  expect((await harness.inbox.to(email)).filter(({ subject }) => goodbye.test(subject))).toHaveLength(1);
});

test('a last mail that may not have been sent is reported too, although its customer has left', async () => {
  const { customerId } = await withoutGoodbye();
  const tell = () => tellOfDifferences(harness.sweeperDeps(), { afterSeconds: 0 });
  await tell();
  await tell();
  const told = (await harness.inbox.to(SUPPORT)).filter(({ text }) => text.includes(customerId));
  expect(told.map(({ subject }) => subject)).toEqual(['Records differ: mail in doubt (1)']);

  const { alertId } = await harness.database
    .selectFrom('alerts')
    .select('alertId')
    .where('customerId', '=', customerId)
    .where('resolvedAt', 'is', null)
    .executeTakeFirstOrThrow();
  await admin.command(customerId, 'dismiss-alert', { alert_id: alertId, reason: 'it came, they say' });
  await untilNothing(customerId);
});

test('an erasure that was accepted and lost is named, and goes on when that is ordered', async () => {
  const { customerId } = await harness.inTrial();
  await harness.command(customerId, 'cancel', { when: 'now' });
  await harness.untilPhase(customerId, 'ended');
  harness.failpoints.arm('eraseCustomer', customerId, 'before', 99);
  await admin.command(customerId, 'erase', { confirm: customerId, reason: 'asked by letter' });
  await harness.handle(customerId).terminate();
  harness.failpoints.disarm(customerId);
  const owed = await customersOwedErasure(harness.database, { orderedBefore: new Date(Date.now() + 1_000), limit: 9 });
  expect(owed).toEqual([customerId]);
  expect(await outcomesOf(customerId)).toEqual({ erasure_owed: expect.stringMatching(/^LEFT .* --end/) as string });
  expect(Object.keys(await lasting(customerId))).toEqual(['erasure_owed']);
  expect(await outcomesOf(customerId, true)).toEqual({ erasure_owed: 'The erasure continues.' });
  await harness.untilRow(customerId, 'forgotten', ({ companyName }) => companyName === null);
  await untilNothing(customerId);
});

test('a run of nobody, and a task that fails again and again, are named', async () => {
  const nobody = `cust_${randomUUID()}`;
  const { customerId } = await addSignup(harness.database);
  await harness.database
    .updateTable('customers')
    .set({ phase: 'trial', workflowStartedAt: new Date() })
    .where('customerId', '=', customerId)
    .execute();
  const { workflow } = harness.temporal.client;
  // No worker takes its tasks, so it stays open.
  await workflow.start('trialCountdown', { workflowId: customerWorkflowId(nobody), taskQueue: randomUUID() });
  await workflow.start('unknownToAll', { workflowId: customerWorkflowId(customerId), taskQueue: TASK_QUEUE.lifecycle });
  expect(await until(nobody, 'no_customer')).toBe('trial in Temporal; no row in Postgres.');
  expect(await until(customerId, 'workflow_task_failing')).toMatch(/^the workflow task fails: [a-z ]+( \(\w+\))?\.$/);
  for (const id of [nobody, customerId]) await harness.handle(id).terminate();
  await eventually('both gone', async () => {
    const kinds = [await lasting(nobody), await lasting(customerId)].map((found) => Object.keys(found).join());
    return kinds.join('/') === '/no_run' ? true : undefined;
  });
  await harness.database
    .updateTable('customers')
    .set({ phase: 'ended', endedAt: new Date() })
    .where('customerId', '=', customerId)
    .execute();
});

test('work that fails again and again for a reason of its own is told by cause, once, and ends when it is over', async () => {
  const { customerId } = await addSignup(harness.database);
  const { workflow } = harness.temporal.client;
  const { lifecycle: taskQueue } = TASK_QUEUE;
  const [stack, batch, own] = [
    stackWorkflowId(customerId),
    `replay-batch/${randomUUID()}`,
    refundWorkflowId(customerId, 'own'),
  ];
  for (const workflowId of [stack, batch]) await workflow.start('unknownToAll', { workflowId, taskQueue });
  harness.failpoints.arm('refundInvoice', customerId, 'before', undefined, 'StrangeError', 10);
  const refunds = { customerId, invoiceId: 'in_none', key: 'a key', actor: 'system', auditId: 0 };
  await workflow.start(REFUND, { workflowId: own, taskQueue, args: [refunds] });

  const failing = async (): Promise<string[]> => {
    await sweepFailingWork(harness.sweeperDeps());
    await harness.database
      .updateTable('differences')
      .set({ firstSeen: new Date(Date.now() - 120_000) })
      .execute();
    const { differences } = await admin.differences();
    return differences
      .filter(({ kind }) => kind === 'work_failing')
      .map(({ customer_id: whose, details }) => `${whose} ${details}`)
      .sort();
  };
  const task = 'unknownToAll: the workflow task fails: [a-z ]+( \\(\\w+\\))?\\.$';
  const all = await eventually('all three', async () => {
    const found = await failing();
    return found.length === 3 ? found : undefined;
  });
  expect(all).toEqual([
    expect.stringMatching(`^ ${batch}: ${task}`),
    `${customerId} ${own}: refund: refundInvoice fails (StrangeError).`,
    expect.stringMatching(`^${customerId} ${stack}: ${task}`),
  ]);
  const tell = () => tellOfDifferences(harness.sweeperDeps(), { afterSeconds: 0 });
  await tell();
  await tell();
  const mails = (await harness.inbox.to(SUPPORT)).filter(({ subject }) => subject.startsWith('Work failing'));
  const about = mails.flatMap(({ subject, text }) =>
    [stack, batch, own].filter((id) => text.includes(id)).map((id) => `${subject}: ${id}`),
  );
  const expected = [`Work failing: ${batch}`, `Work failing (1): ${own}`, `Work failing (1): ${stack}`];
  expect(about.sort()).toEqual(expected.sort());
  expect(await outcomesOf(customerId)).toEqual({
    work_failing: expect.stringMatching(/^LEFT Read the error/) as string,
  });

  harness.failpoints.disarm(customerId);
  for (const workflowId of [stack, batch]) await workflow.getHandle(workflowId).terminate();
  await expect(workflow.getHandle(own).result()).rejects.toThrow();
  await eventually('nothing', async () => ((await failing()).length === 0 ? true : undefined));
  await tell();
  const left = await harness.database.selectFrom('differenceAlerts').select('kind').execute();
  expect(left.filter(({ kind }) => kind === 'work_failing')).toEqual([]);
});

test('a refund whose workflow was lost is named and carried out once on order; one that was refused is not owed', async () => {
  const { customerId } = await harness.inTrial();
  await harness.pay(await harness.checkout(customerId, 'now'));
  await harness.untilPhase(customerId, 'subscription');
  const paid = await eventually('the paid invoice', () => findPaidInvoice(harness.database, customerId));
  const made = async (): Promise<number[]> => {
    const { data } = await harness.stripe.refunds.list({ payment_intent: paid.stripePaymentIntentId ?? '' });
    return data.map(({ amount }) => amount);
  };
  const refund = (key: string, amount: number): Promise<unknown> =>
    admin.command(customerId, 'refund', { amount, reason: 'an outage' }, key).catch((error: unknown) => error);
  const lose = async (key: string, amount: number): Promise<void> => {
    const { reached } = harness.failpoints.arm('refundInvoice', customerId, 'before', 1, 'StrangeError', 60_000);
    const answer = refund(key, amount);
    await reached;
    await harness.temporal.client.workflow.getHandle(refundWorkflowId(customerId, key)).terminate();
    await answer;
  };
  await lose('nothing-moved', 1_000);
  await lose('moved-not-noted', 2_000);
  const metadata = { customer_id: customerId, refund_key: `${customerId}:refund:moved-not-noted:v1` };
  await harness.stripe.refunds.create({ payment_intent: paid.stripePaymentIntentId ?? '', amount: 2_000, metadata });
  await lose('again-by-hand', 500);
  await refund('by-hand', 500);
  expect(await refund('too-much', 99_000)).toBeInstanceOf(Error);
  const open = { orderedBefore: new Date(Date.now() + 1_000), limit: 9 };
  expect(await customersWithOpenRefunds(harness.database, open)).toEqual([customerId]);
  const known = (await readCustomerRecords(harness.database, [customerId])).get(customerId);
  expect(known?.openRefunds.map(({ commandId }) => commandId)).toEqual(['nothing-moved', 'moved-not-noted']);
  expect(await until(customerId, 'refund_owed')).toMatch(
    /^10\.00 USD of (in_\w+), ordered at \S+; 20\.00 USD of \1, ordered at \S+; no workflow carries it out\.$/,
  );
  const [one, other] = await Promise.all([outcomesOf(customerId), outcomesOf(customerId)]);
  expect([one, other]).toEqual([{ refund_owed: expect.stringMatching(/^Refunds that continue: in_/) as string }, one]);
  await untilNothing(customerId);
  expect((await made()).sort((a, b) => a - b)).toEqual([500, 1_000, 2_000]);
  // By Stripe's event.
  await eventually('all of it noted', async () => {
    const { amountRefunded } = (await findPaidInvoice(harness.database, customerId)) ?? {};
    return amountRefunded === 3_500;
  });
});

const order = { reason: 'the records differ', end: false };
const outcomesOf = async (customerId: string, end = false): Promise<Record<string, string>> => {
  const { outcomes } = await admin.mend(customerId, { ...order, end });
  return Object.fromEntries(outcomes.map(({ kind, mended, what }) => [kind, `${mended ? '' : 'LEFT '}${what}`]));
};

/** Asks Stripe too, as the lifecycle worker does. */
async function askStripe(): Promise<void> {
  const { database, stripe } = harness;
  const deps = { database, stripe, config: harness.deps.config.stripe, publicUrl: 'http://localhost:1' };
  await sweepStripeRecords({ ...harness.sweeperDeps(), stripeRecords: stripeRecords(deps) });
}

/** What a run waits for, by the type of the failure of its activity. */
const waitsFor = (customerId: string): Promise<string> =>
  eventually(`a failure of ${customerId}`, async () => {
    const { raw } = await harness.handle(customerId).describe();
    return raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type ?? undefined;
  });

describe('what others do in Stripe', () => {
  /** The differences by now, including those with Stripe. */
  const inStripeToo = async (customerId: string): Promise<Record<string, string>> => {
    await askStripe();
    return lasting(customerId);
  };
  const sell = async (
    customerId: string,
    metadata: Stripe.MetadataParam,
    at?: string,
  ): Promise<Stripe.Subscription> => {
    const { stripeCustomerId } = await harness.row(customerId);
    const [followed] = (await harness.inStripe(customerId)).live;
    return harness.stripe.subscriptions.create({
      ...{ customer: at ?? stripeCustomerId ?? '', metadata },
      ...(followed?.trial_end ? { trial_end: followed.trial_end } : { trial_period_days: 5 }),
      items: [{ price: followed?.items.data[0]?.price.id ?? (await harness.stripe.prices.list()).data[0]?.id ?? '' }],
    });
  };

  test.each([
    ['our id', true, false],
    ['no id', false, false],
    ['our id, at another customer', true, true],
  ])('a second subscription, with %s, is told and left to a person', async (_what, hasId, elsewhere) => {
    const { customerId } = await harness.inTrial();
    const other = elsewhere ? await harness.stripe.customers.create({ name: 'Another' }) : undefined;
    const { id } = await sell(customerId, hasId ? { customer_id: customerId } : {}, other?.id);
    const found = await eventually('the second', async () => (await inStripeToo(customerId))['unmanaged_subscription']);
    expect(found).toMatch(new RegExp(`^sub_.* in Stripe beside sub_`));
    expect(found).toContain(id);
    expect(await outcomesOf(customerId, true)).toMatchObject({
      unmanaged_subscription: expect.stringMatching(/^LEFT Look at the customer in Stripe/) as string,
    });
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('trialing');
    // Either cancelled by hand, or checked and there on purpose.
    if (hasId) await harness.stripe.subscriptions.cancel(id);
    else await harness.stripe.subscriptions.update(id, { metadata: { tenure: 'ignore' } });
    await eventually('nothing', async () =>
      (await inStripeToo(customerId))['unmanaged_subscription'] === undefined ? true : undefined,
    );
  });

  test('a subscription of ours that goes on after its customer has left is told, and cancelled on order', async () => {
    const { customerId } = await harness.inTrial();
    await harness.command(customerId, 'cancel', { when: 'now' });
    await harness.untilPhase(customerId, 'ended');
    const { id } = await sell(customerId, { customer_id: customerId });
    const found = await eventually(
      'the subscription',
      async () => (await inStripeToo(customerId))['subscription_without_customer'],
    );
    expect(found).toBe(`${id} in Stripe; the customer has left.`);
    expect(await outcomesOf(customerId)).toMatchObject({
      subscription_without_customer: expect.stringMatching(/^LEFT .* --end/) as string,
    });
    expect(await outcomesOf(customerId, true)).toEqual({
      subscription_without_customer: `Cancelled in Stripe: ${id}.`,
    });
    expect((await harness.stripe.subscriptions.retrieve(id)).status).toBe('canceled');
  });
});

test('a row that says more than Stripe does is brought back to the trial', async () => {
  const { customerId } = await harness.inTrial();
  await harness.database
    .updateTable('customers')
    .set({ phase: 'subscription' })
    .where('customerId', '=', customerId)
    .execute();
  expect(await until(customerId, 'phase_differs')).toBe('subscription in Postgres; trial in Temporal.');
  expect(await outcomesOf(customerId)).toMatchObject({ phase_differs: 'All three agree again.' });
  expect((await harness.row(customerId)).phase).toBe('trial');
});

describe('a Postgres restored to an older moment', () => {
  let extended: SignedUp;
  let left: SignedUp;
  let unknown: SignedUp;
  let extendedUntil: number;
  let ordered: number;
  beforeAll(async () => {
    [extended, left] = await Promise.all([harness.inTrial(), harness.inTrial()]);
    const restore = await keepMoment(harness.adminUrl);
    await harness.command(extended.customerId, 'extendTrial', { days: 7 });
    extendedUntil = await harness.trialEndsAt(extended.customerId);
    const { rows } = await sql<{
      id: number;
    }>`select max(audit_id) as id from audit_events where action = 'command.extendTrial'`.execute(harness.database);
    ordered = rows[0]?.id ?? 0;
    const leaving = harness.command(left.customerId, 'cancel', { when: 'now' });
    unknown = await harness.inTrial();
    await leaving;
    await harness.advance(left.customerId, Date.now() + 40 * DAY);
    await harness.handle(left.customerId).result();
    await restore();
  });

  test('a customer who signed up since is named, waits for the row to come back, and is ended only when told to', async () => {
    const { customerId } = unknown;
    expect(await until(customerId, 'no_customer')).toBe('trial in Temporal; no row in Postgres.');
    await harness.handle(customerId).signal('billingChanged', { eventId: 'x', kind: 'x' });
    expect(await waitsFor(customerId)).toBe('UnknownCustomer');
    await eventually('the subscription', async () => {
      await askStripe();
      return (await lasting(customerId))['subscription_without_customer'];
    });
    const [subscription] = (await harness.inStripe(customerId)).live;
    expect(await outcomesOf(customerId)).toEqual({
      no_customer: expect.stringContaining(`subscription ${subscription?.id ?? ''}`) as string,
      subscription_without_customer: expect.stringMatching(/^LEFT .* --end/) as string,
    });
    expect((await harness.handle(customerId).describe()).status.name).toBe('TERMINATED');
    expect((await harness.inStripe(customerId)).live).toHaveLength(1);
    expect(Object.keys(await outcomesOf(customerId, true))).toEqual(['subscription_without_customer']);
    expect((await harness.inStripe(customerId)).live).toEqual([]);
    expect(await outcomesOf(customerId, true)).toEqual({});
  });

  test('a customer who has left since is not brought back', async () => {
    const { customerId } = left;
    expect(await until(customerId, 'has_left')).toBe('trial in Postgres; the workflow has ended.');
    const before = await harness.subjects(left);
    expect((await outcomesOf(customerId))['has_left']).toBe('The customer is recorded as ended.');
    expect(await harness.row(customerId)).toMatchObject({ phase: 'ended', emailNorm: null, slug: null });
    expect((await harness.handle(customerId).describe()).status.name).toBe('COMPLETED');
    expect(await harness.subjects(left)).toEqual(before);
  });

  test('a trial extended since has its end again; two operators at once are one', async () => {
    const { customerId } = extended;
    expect(await until(customerId, 'dates_differ')).toMatch(/^end of the trial: .* in Postgres, .* in Temporal\.$/);
    const [one, other] = await Promise.all([outcomesOf(customerId), outcomesOf(customerId)]);
    expect(one).toEqual(other);
    expect(one['dates_differ']).toBe('All three agree again.');
    expect(await harness.trialEndsAt(customerId)).toBe(extendedUntil);
    const mended = await harness.database
      .selectFrom('auditEvents')
      .select('auditId')
      .where('customerId', '=', customerId)
      .where('action', '=', 'records.mended')
      .execute();
    expect(mended).toHaveLength(1);
  });

  test('an order whose audit id was handed out before is another order to Stripe', async () => {
    const { customerId } = extended;
    await handOutNext(harness.adminUrl, ordered);
    await harness.command(customerId, 'extendTrial', { days: 3 });
    expect(await harness.trialEndsAt(customerId)).toBe(extendedUntil + 3 * DAY);
    await handOutNext(harness.adminUrl, ordered + 1_000);
    const [subscription] = (await harness.inStripe(customerId)).live;
    expect(subscription?.trial_end).toBe(Math.floor((extendedUntil + 3 * DAY) / 1_000));
  });
});

describe('an empty Temporal', () => {
  const forget = async (customerId: string): Promise<void> => {
    const { workflowService, options, workflow } = harness.temporal.client;
    await harness.handle(customerId).terminate();
    for await (const run of workflow.list({ query: `WorkflowId = "${customerWorkflowId(customerId)}"` }))
      await workflowService.deleteWorkflowExecution({
        namespace: options.namespace,
        workflowExecution: { workflowId: run.workflowId, runId: run.runId },
      });
    await eventually(`${customerId} to be forgotten`, async () => {
      const known = await harness
        .handle(customerId)
        .describe()
        .then(
          () => true,
          () => false,
        );
      return known ? undefined : true;
    });
  };

  test('every living customer gets a run in the right phase; no mail and no subscription comes twice', async () => {
    const park = (id: string): void => void harness.failpoints.arm('checkInstance', id, 'before');
    const [trial, paying, parked] = await Promise.all([
      harness.inTrial(),
      harness.inTrial(),
      harness.signUp({ beforeStart: park }),
    ]);
    await harness.pay(await harness.checkout(paying.customerId, 'now'));
    await harness.untilPhase(paying.customerId, 'subscription');
    await harness.untilRow(parked.customerId, 'parked', ({ attention }) => attention === 'instanceHealth');
    await harness.command(trial.customerId, 'extendTrial', { days: 7 });
    const end = await harness.trialEndsAt(trial.customerId);
    const all = [trial, paying, parked];
    const started = () =>
      harness
        .subjects(paying)
        .then((subjects) => subjects.filter((subject) => /subscription has started/.test(subject)).length);
    await eventually('the mail', async () => ((await started()) === 1 ? true : undefined));
    const mails = await Promise.all(all.map((one) => harness.subjects(one)));
    await harness.stopWorker('lifecycle');
    await Promise.all(all.map(({ customerId }) => forget(customerId)));
    await harness.startWorker('lifecycle');
    harness.failpoints.disarm(parked.customerId);
    for (const { customerId } of all) await until(customerId, 'no_run');

    const printed: string[] = [];
    const program = new Command('tenure');
    addReconcileCommand(program, { client: () => admin, print: (text) => void printed.push(text) });
    await program.parseAsync(['node', 'tenure', 'reconcile', '--mend', '--reason', 'Temporal was lost']);
    for (const { customerId } of all) expect(printed.join('\n')).toContain(customerId);

    for (const { customerId } of [trial, parked]) await harness.untilPhase(customerId, 'trial');
    for (const { customerId } of all) {
      const phase = customerId === paying.customerId ? 'subscription' : 'trial';
      expect((await harness.status(customerId)).phase).toBe(phase);
      expect((await harness.inStripe(customerId)).live).toHaveLength(1);
      await untilNothing(customerId);
    }
    const ready = (await harness.subjects(parked)).filter((subject) => !mails[2]?.includes(subject));
    expect(ready).toEqual([expect.stringMatching(/ready/)]);
    expect(await Promise.all([trial, paying].map((one) => harness.subjects(one)))).toEqual(mails.slice(0, 2));
    expect((await harness.subjects(parked)).filter((subject) => subject.startsWith('Welcome'))).toHaveLength(1);

    expect((await harness.status(trial.customerId)).trialEndsAt).toBe(new Date(end).toISOString());
    await harness.advance(trial.customerId, end + DAY);
    await harness.untilRow(trial.customerId, 'read only', ({ standing }) => standing === 'read_only');
    const told = (await harness.subjects(trial)).slice(mails[0]?.length);
    expect(told.filter((subject) => /expired|ended/.test(subject))).toHaveLength(1);
    expect(new Set(told).size).toBe(told.length);
  });

  test('whose subscription has ended meanwhile goes on, without access; who would leave by it, only when that is requested', async () => {
    const { customerId } = await harness.inTrial();
    await harness.handle(customerId).terminate();
    const [subscription] = (await harness.inStripe(customerId)).live;
    await harness.stripe.subscriptions.cancel(subscription?.id ?? '');
    await until(customerId, 'no_run');
    expect((await outcomesOf(customerId))['no_run']).toBe('A new run continues in trial.');
    await harness.untilRow(customerId, 'read only', ({ standing }) => standing === 'read_only');
    await harness.handle(customerId).terminate();
    const details = JSON.stringify({ when: 'now' });
    const ordered = { customerId, actor: 'customer', action: 'command.cancel', details };
    await harness.database.insertInto('auditEvents').values(ordered).execute();
    await until(customerId, 'no_run');
    expect((await outcomesOf(customerId))['no_run']).toMatch(/^LEFT A new run would end this customer/);
    expect(harness.stacks.stacks.has(customerId)).toBe(true);
    expect((await outcomesOf(customerId, true))['no_run']).toBe('A new run continues in cancellation.');
    await harness.untilPhase(customerId, 'ended');
    expect(harness.stacks.stacks.has(customerId)).toBe(false);
  });
});
