import type { Stripe } from 'stripe';
import { DAY, HOUR, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox } from './scenario.ts';

type Feedback = NonNullable<Stripe.Subscription.CancellationDetails['feedback']>;

const APRIL = noon(2027, 4, 1);
const MAY = noon(2027, 5, 1);

describe('the end of a subscription', () => {
  const sandbox = new Sandbox();

  const read = (id: string) => sandbox.stripe.subscriptions.retrieve(id);

  // "Cancel subscriptions" (docs.stripe.com/billing/subscriptions/cancel)
  describe('with its period', () => {
    it('is announced now, comes when the period is over, and nothing more is billed', async () => {
      const { subscription, clock } = await sandbox.begin();
      await sandbox.harness.advance(clock, START + 5 * DAY);
      const leaving = await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
      expect(leaving).toMatchObject({
        ...{ status: 'active', cancel_at_period_end: true, cancel_at: APRIL, canceled_at: START + 5 * DAY },
        ...{ ended_at: null, cancellation_details: { reason: 'cancellation_requested' } },
      });
      await sandbox.harness.advance(clock, MAY);
      const ended = await read(subscription.id);
      expect(ended).toMatchObject({ status: 'canceled', ended_at: APRIL, canceled_at: START + 5 * DAY });
      expect(await sandbox.invoices(subscription.id)).toHaveLength(1);
    });

    it('can be asked for when it begins', async () => {
      const { subscription, clock } = await sandbox.begin({ cancel_at_period_end: true });
      expect(subscription).toMatchObject({ status: 'active', cancel_at: APRIL });
      await sandbox.harness.advance(clock, APRIL);
      expect(await read(subscription.id)).toMatchObject({ status: 'canceled', ended_at: APRIL });
    });

    it('can be taken back until then', async () => {
      const { subscription, clock } = await sandbox.begin({ cancel_at_period_end: true });
      const staying = await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
      expect(staying).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
      expect(staying.cancellation_details?.reason).toBeNull();
      await sandbox.harness.advance(clock, APRIL + HOUR);
      expect((await sandbox.invoices(subscription.id)).map(({ amount_paid }) => amount_paid)).toEqual([4900, 4900]);
    });

    it('is the end of the trial while there is one, without a charge', async () => {
      const { subscription, clock } = await sandbox.begin({ trial_period_days: 14 });
      const leaving = await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
      expect(leaving).toMatchObject({ status: 'trialing', cancel_at: START + 14 * DAY });
      await sandbox.harness.advance(clock, START + 15 * DAY);
      expect(await read(subscription.id)).toMatchObject({ status: 'canceled', ended_at: START + 14 * DAY });
      expect((await sandbox.invoices(subscription.id)).map(({ total }) => total)).toEqual([0]);
    });
  });

  // "Cancel at a custom date" (docs.stripe.com/billing/subscriptions/cancel#custom-date)
  describe('at a date', () => {
    it('comes in the middle of a period', async () => {
      const { subscription, clock } = await sandbox.begin();
      const leaving = await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at: APRIL + 3 * DAY });
      expect(leaving).toMatchObject({ cancel_at: APRIL + 3 * DAY, cancel_at_period_end: false });
      await sandbox.harness.advance(clock, APRIL);
      expect((await read(subscription.id)).status).toBe('active');
      await sandbox.harness.advance(clock, MAY);
      expect(await read(subscription.id)).toMatchObject({ status: 'canceled', ended_at: APRIL + 3 * DAY });
      expect(await sandbox.invoices(subscription.id)).toHaveLength(2);
    });

    it('is taken back with an empty string', async () => {
      const { subscription } = await sandbox.begin();
      await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at: APRIL });
      const staying = await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at: '' });
      expect(staying).toMatchObject({ cancel_at: null, canceled_at: null, status: 'active' });
    });

    it('has to be in the future', async () => {
      const { subscription } = await sandbox.begin();
      const past = sandbox.stripe.subscriptions.update(subscription.id, { cancel_at: START });
      expect(await refusal(past)).toMatchObject({ statusCode: 400, param: 'cancel_at' });
    });
  });

  // API reference, "Cancel a subscription" (docs.stripe.com/api/subscriptions/cancel)
  describe('at once', () => {
    it.each<[string, object, number]>([
      ['an active one', {}, 4900],
      ['one in its trial', { trial_period_days: 14 }, 0],
      ['one that waits for its end', { cancel_at_period_end: true }, 4900],
    ])('ends %s, and gives nothing back', async (_what, params, total) => {
      const { subscription, clock } = await sandbox.begin(params);
      await sandbox.harness.advance(clock, START + DAY);
      const ended = await sandbox.stripe.subscriptions.cancel(subscription.id);
      expect(ended).toMatchObject({ status: 'canceled', ended_at: START + DAY, cancel_at_period_end: false });
      await sandbox.harness.advance(clock, APRIL);
      expect((await sandbox.invoices(subscription.id)).map((invoice) => invoice.total)).toEqual([total]);
    });

    it('leaves an open invoice open, and no longer tries to collect it', async () => {
      const { subscription, clock, customer } = await sandbox.begin();
      await sandbox.useCard(customer, 'pm_card_chargeCustomerFail');
      await sandbox.harness.advance(clock, APRIL + DAY / 2);
      expect((await read(subscription.id)).status).toBe('past_due');
      await sandbox.stripe.subscriptions.cancel(subscription.id);
      await sandbox.harness.advance(clock, APRIL + 20 * DAY);
      const open = await latestInvoice(sandbox.stripe, subscription.id);
      expect(open).toMatchObject({ status: 'open', auto_advance: false, attempt_count: 1, next_payment_attempt: null });
      await sandbox.useCard(customer, 'pm_card_visa');
      expect(await sandbox.stripe.invoices.pay(open.id)).toMatchObject({ status: 'paid' });
      expect((await read(subscription.id)).status).toBe('canceled');
    });

    it.each<Feedback>([
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ])('keeps %s as the feedback of who left, and their comment', async (feedback) => {
      const { subscription } = await sandbox.begin({ trial_period_days: 14, card: null });
      const cancellation_details = { feedback, comment: 'Not for us' };
      const ended = await sandbox.stripe.subscriptions.cancel(subscription.id, { cancellation_details });
      expect(ended.cancellation_details).toMatchObject({ ...cancellation_details, reason: 'cancellation_requested' });
    });

    it('refuses any other feedback', async () => {
      const { subscription } = await sandbox.begin({ trial_period_days: 14, card: null });
      const cancellation_details = { feedback: 'bored' as Feedback };
      const refused = await refusal(sandbox.stripe.subscriptions.cancel(subscription.id, { cancellation_details }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'cancellation_details[feedback]' });
    });
  });

  // "Cancel subscriptions": "you can't reactivate" (docs.stripe.com/billing/subscriptions/cancel#reactivating-canceled-subscriptions)
  describe('is final', () => {
    it.each<[string, Stripe.SubscriptionUpdateParams]>([
      ['its cancellation cannot be taken back', { cancel_at_period_end: false }],
      ['it cannot get a trial', { trial_end: START + 30 * DAY }],
      ['it cannot get another card', { default_payment_method: 'pm_card_visa' }],
    ])('%s', async (_what, params) => {
      const { subscription } = await sandbox.begin();
      await sandbox.stripe.subscriptions.cancel(subscription.id);
      const refused = await refusal(sandbox.stripe.subscriptions.update(subscription.id, params));
      expect(refused.statusCode).toBeGreaterThanOrEqual(400);
      expect((await read(subscription.id)).status).toBe('canceled');
    });

    it('its metadata and its reasons can still be written', async () => {
      const { subscription } = await sandbox.begin();
      await sandbox.stripe.subscriptions.cancel(subscription.id);
      const changed = await sandbox.stripe.subscriptions.update(subscription.id, {
        ...{ metadata: { won_back: 'no' }, cancellation_details: { feedback: 'unused' } },
      });
      expect(changed).toMatchObject({
        ...{ status: 'canceled', metadata: { won_back: 'no' } },
        cancellation_details: { feedback: 'unused' },
      });
    });
  });

  // API reference, "List subscriptions", `status` (docs.stripe.com/api/subscriptions/list)
  describe('in lists', () => {
    it('a canceled one is there only when it is asked for', async () => {
      const { subscription: gone, customer } = await sandbox.begin();
      const { id: price } = await sandbox.harness.price();
      const begin = async (more: object = {}) =>
        (await sandbox.stripe.subscriptions.create({ customer, items: [{ price }], ...more })).id;
      const [active, trialing] = [await begin(), await begin({ trial_period_days: 3 })];
      await sandbox.stripe.subscriptions.cancel(gone.id);
      const ids = async (status?: Stripe.SubscriptionListParams.Status) =>
        (await sandbox.stripe.subscriptions.list({ customer, ...(status && { status }) })).data.map(({ id }) => id);
      expect(await ids()).toEqual([trialing, active]);
      expect(await ids('active')).toEqual([active]);
      expect(await ids('trialing')).toEqual([trialing]);
      expect(await ids('canceled')).toEqual([gone.id]);
      expect(await ids('ended')).toEqual([gone.id]);
      expect(await ids('past_due')).toEqual([]);
      expect(await ids('all')).toEqual([trialing, active, gone.id]);
    });
  });
});
