import { randomUUID } from 'node:crypto';
import { createBillingActivities } from '../../activities/billing/index.ts';
import { refundCustomer, type RefundRequest } from '../../api/support/refunds.ts';
import { unlockCustomer } from '../../api/support/unlock.ts';
import { readTimeline } from '../../infra/db/repositories/timeline.ts';
import { eventually } from '../support/eventually.ts';
import { spoken } from '../support/lifecycle-history.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';

// Refunds against the Stripe emulator, through the real workflow: money moves once per key, whatever is lost on the way.
// Stacks are stand-ins.
let harness: LifecycleHarness;
beforeAll(async () => {
  harness = await LifecycleHarness.start();
});
afterEach(() => harness.clearFaults());
afterAll(() => harness.close());

async function payingCustomer(): Promise<string> {
  const { customerId } = await harness.inTrial();
  await harness.pay(await harness.checkout(customerId, 'now'));
  await harness.untilPhase(customerId, 'subscription');
  await eventually('the paid invoice', async () =>
    (await invoices(customerId)).some(({ amountPaid }) => amountPaid > 0),
  );
  return customerId;
}
const invoices = (customerId: string) =>
  harness.database.selectFrom('invoices').selectAll().where('customerId', '=', customerId).execute();
const order = (customerId: string, commandId: string = randomUUID()) => ({
  customerId,
  actor: 'staff:token',
  commandId,
});
const refund = (customerId: string, request: Partial<RefundRequest> = {}, commandId?: string) =>
  refundCustomer(harness.deps, order(customerId, commandId), { reason: 'an outage', ...request });
async function inStripe(customerId: string): Promise<number[]> {
  const paid = (await invoices(customerId)).find(({ amountPaid }) => amountPaid > 0);
  const { data } = await harness.stripe.refunds.list({ payment_intent: paid?.stripePaymentIntentId ?? '' });
  return data.map(({ amount }) => amount);
}
const audited = (customerId: string) =>
  harness.database
    .selectFrom('auditEvents')
    .select(['action', 'actor', 'reason', 'details'])
    .where('customerId', '=', customerId)
    .where('action', 'in', ['command.refund', 'refund.made'])
    .orderBy('auditId')
    .execute();

test.concurrent(
  'all of it: Stripe, the invoice and the timeline show it; ordered twice under one key it is one',
  async () => {
    const id = await payingCustomer();
    const [one, two] = await Promise.all([refund(id, {}, 'click'), refund(id, {}, 'click')]);
    const later = await refund(id, {}, 'click');
    expect(one).toMatchObject({ amount: 9_900, currency: 'usd', refundedInAll: 9_900, paid: 9_900 });
    expect([two, later]).toEqual([one, one]);
    expect(await inStripe(id)).toEqual([9_900]);
    expect((await invoices(id)).map(({ amountRefunded }) => amountRefunded)).toContain(9_900);
    const rows = await audited(id);
    expect(rows.filter(({ action }) => action === 'refund.made')).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      ...{ action: 'command.refund', actor: 'staff:token', reason: 'an outage' },
      details: { before: { refunded: 0 }, after: { refunded: 9_900 } },
    });
    const told = (await readTimeline(harness.database, id)).map(({ what, why }) => `${what}: ${why ?? ''}`);
    expect(told).toContain('command.refund: an outage');
    expect(told.find((line) => line.startsWith('refund.made'))).toContain('99.00 USD');
    await expect(refund(id)).rejects.toMatchObject({
      statusCode: 409,
      body: { message: expect.stringMatching(/is refunded already: all of its 99\.00 USD/) as string },
    });
  },
);

test.concurrent('a part, then another; more than is left is refused in words', async () => {
  const id = await payingCustomer();
  expect(await refund(id, { amount: 2_500 })).toMatchObject({ amount: 2_500, refundedInAll: 2_500 });
  expect(await refund(id, { amount: 2_500 })).toMatchObject({ amount: 2_500, refundedInAll: 5_000 });
  await expect(refund(id, { amount: 5_000 })).rejects.toMatchObject({
    body: { message: expect.stringMatching(/^Only 49\.00 USD of .* is left to refund, not 50\.00 USD\.$/) as string },
  });
  expect(await refund(id)).toMatchObject({ amount: 4_900, refundedInAll: 9_900 });
  expect((await inStripe(id)).sort((a, b) => a - b)).toEqual([2_500, 2_500, 4_900]);
});

test.each(['drop-reply', 'rate-limit'] as const)(
  '%s at the refund: it is made once, and whoever asked gets the answer',
  async (mode) => {
    const id = await payingCustomer();
    await harness.stripeFault({ match: 'POST /v1/refunds', mode, times: 2 });
    expect(await refund(id, { amount: 1_000 })).toMatchObject({ amount: 1_000, refundedInAll: 1_000 });
    expect(await inStripe(id)).toEqual([1_000]);
  },
);

test('an error that Stripe has saved under the key of a refund is passed over, and the refund is made once', async () => {
  const id = await payingCustomer();
  const { refundInvoice } = createBillingActivities({
    ...{ database: harness.database, stripe: harness.stripe, config: harness.deps.config.stripe, publicUrl: '' },
  });
  const { stripeInvoiceId: invoiceId } = (await invoices(id)).find(({ amountPaid }) => amountPaid > 0) ?? {
    stripeInvoiceId: '',
  };
  const ordered = (key: string) => refundInvoice({ customerId: id, invoiceId, key, actor: 'staff', auditId: 1 });
  await harness.stripeFault({ match: 'POST /v1/refunds', mode: 'error', times: 2 });
  await expect(ordered('first')).rejects.toMatchObject({ type: 'StripeUnavailable', nonRetryable: false });
  await expect(ordered('first')).rejects.toMatchObject({ type: 'StripeUnavailable', nonRetryable: false });
  expect(await inStripe(id)).toEqual([]);
  const made = await ordered('first');
  expect(await ordered('first')).toEqual(made);
  expect(await inStripe(id)).toEqual([9_900]);
});

test.concurrent(
  'Stripe that refuses for good fails the order and alerts; the next order that works resolves it',
  async () => {
    const id = await payingCustomer();
    // The customer has left, because every look at Stripe would write the right payment intent again.
    await harness.command(id, 'cancel', { when: 'now' });
    await harness.untilPhase(id, 'ended');
    const { stripePaymentIntentId } = (await invoices(id)).find(({ amountPaid }) => amountPaid > 0) ?? {};
    const set = (intent: string | null | undefined) =>
      harness.database
        .updateTable('invoices')
        .set({ stripePaymentIntentId: intent ?? null })
        .where('customerId', '=', id)
        .where('amountPaid', '>', 0)
        .execute();
    await set('pi_of_another_account');
    await expect(refund(id)).rejects.toMatchObject({ statusCode: 502 });
    const open = async () =>
      (await harness.alerts(id)).filter(({ kind, resolvedAt }) => kind.startsWith('refund: ') && !resolvedAt);
    expect(await open()).toMatchObject([
      { step: 'refund', summary: expect.stringContaining('StripeRefused') as string },
    ]);
    await set(stripePaymentIntentId);
    expect(await refund(id)).toMatchObject({ amount: 9_900 });
    expect(await open()).toEqual([]);
  },
);

test.concurrent('a customer who has left is refunded too; one who never paid has nothing to refund', async () => {
  const id = await payingCustomer();
  await harness.command(id, 'cancel', { when: 'now' });
  await harness.untilPhase(id, 'ended');
  expect(await refund(id)).toMatchObject({ amount: 9_900 });
  const { customerId } = await harness.inTrial();
  await expect(refund(customerId)).rejects.toMatchObject({
    statusCode: 409,
    body: { message: 'This customer has no paid invoice; there is nothing to refund.' },
  });
});

test.concurrent('no word of a person is in the history of a refund', async () => {
  const id = await payingCustomer();
  await refund(id, { reason: 'Ms Canary called' }, 'history');
  const history = await harness.temporal.client.workflow.getHandle(`refund/${id}/history`).fetchHistory();
  const said = spoken(history);
  expect(said).toContain(id);
  expect(said).not.toMatch(/Canary|@acme/);
});

test.concurrent('unlock asks the provisioning worker who holds the lock of the stack', async () => {
  const { customerId } = await harness.inTrial();
  harness.stacks.locks.set(customerId, 'dead');
  expect(await unlockCustomer(harness.deps, order(customerId), 'x')).toMatchObject({
    stackLock: 'dead',
    wasLocked: false,
  });
});
