import type { Stripe } from 'stripe';
import { DAY, HOUR, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const DUE = START + 9 * DAY;
const DISPUTES = 'pm_card_createDispute';

// "Disputes" (docs.stripe.com/testing#disputes); "How disputes work" (docs.stripe.com/disputes/how-disputes-work); API
// reference, "Disputes" (docs.stripe.com/api/disputes)
describe('disputes', () => {
  const sandbox = new Sandbox();

  const disputeOf = async (charge: string): Promise<Stripe.Dispute> => {
    const [dispute] = (await sandbox.stripe.disputes.list({ charge })).data;
    if (!dispute) throw new Error('There is no dispute');
    return dispute;
  };
  const disputed = async (card = DISPUTES): Promise<Begun & { charge: string; dispute: Stripe.Dispute }> => {
    const begun = await sandbox.begin({ card });
    const { latest_charge } = await sandbox.paymentOf(idOf(begun.subscription.latest_invoice));
    const charge = idOf(latest_charge);
    return { ...begun, charge, dispute: await disputeOf(charge) };
  };
  const close = (id: string, status: 'won' | 'lost') =>
    sandbox.harness.control.post(`disputes/${id}/close`, { status });
  const told = async (id: string): Promise<[string, number][]> => {
    const all = await sandbox.stripe.events.list({ limit: 100, type: 'charge.dispute.*' });
    const theirs = all.data.filter(({ data }) => (data.object as { id?: string }).id === id);
    return theirs.reverse().map(({ type, created }) => [type.replace('charge.dispute.', ''), created]);
  };

  describe('of a payment', () => {
    it.each([
      [DISPUTES, 'fraudulent', '10.4'],
      ['pm_card_productNotReceived', 'product_not_received', '13.1'],
    ])('by %s come after it, say why and until when to answer', async (card, reason, network_reason_code) => {
      const { charge, dispute } = await disputed(card);
      expect(dispute).toMatchObject({
        ...{
          object: 'dispute',
          amount: 4900,
          currency: 'usd',
          charge,
          reason,
          status: 'needs_response',
          created: START,
        },
        evidence_details: { due_by: DUE, has_evidence: false, past_due: false, submission_count: 0 },
        payment_method_details: { card: { brand: 'visa', case_type: 'chargeback', network_reason_code } },
        is_charge_refundable: false,
      });
      expect(await sandbox.stripe.disputes.retrieve(dispute.id)).toEqual(dispute);
    });

    it('withdraw the money and a fee at once, and are told', async () => {
      const { dispute } = await disputed();
      expect(dispute.balance_transactions).toMatchObject([
        { amount: -4900, fee: 1500, net: -6400, type: 'adjustment', reporting_category: 'dispute', source: dispute.id },
      ]);
      expect(await told(dispute.id)).toEqual([
        ['created', START],
        ['funds_withdrawn', START],
      ]);
    });

    it('leave the charge and the invoice paid, and the subscription active', async () => {
      const { charge, subscription } = await disputed();
      expect(await sandbox.stripe.charges.retrieve(charge)).toMatchObject({
        disputed: true,
        paid: true,
        refunded: false,
      });
      expect((await latestInvoice(sandbox.stripe, subscription.id)).status).toBe('paid');
      expect((await sandbox.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    });

    it('come with each renewal that such a card pays', async () => {
      const { clock, subscription } = await disputed();
      await sandbox.harness.advance(clock, noon(2027, 4, 1) + HOUR);
      const { latest_charge } = await sandbox.paymentOf((await latestInvoice(sandbox.stripe, subscription.id)).id);
      expect(await disputeOf(idOf(latest_charge))).toMatchObject({ created: noon(2027, 4, 1) + HOUR });
    });

    it('are listed by charge and by payment', async () => {
      const { dispute } = await disputed();
      const { payment_intent } = dispute;
      const ids = async (params: Stripe.DisputeListParams) =>
        (await sandbox.stripe.disputes.list(params)).data.map(({ id }) => id);
      expect(await ids({ payment_intent: idOf(payment_intent) })).toEqual([dispute.id]);
      const expanded = await sandbox.stripe.disputes.retrieve(dispute.id, { expand: ['charge'] });
      expect((expanded.charge as Stripe.Charge).amount).toBe(4900);
    });

    it('can come later, for what is left after a refund', async () => {
      const { subscription } = await sandbox.begin();
      const { latest_charge } = await sandbox.paymentOf(idOf(subscription.latest_invoice));
      const charge = idOf(latest_charge);
      await sandbox.stripe.refunds.create({ charge, amount: 900 });
      expect((await sandbox.harness.control.post('disputes', { charge })).status).toBe(200);
      expect(await disputeOf(charge)).toMatchObject({ amount: 4000, reason: 'fraudulent' });
      expect((await sandbox.harness.control.post('disputes', { charge })).status).toBe(400);
    });
  });

  describe('end', () => {
    it('lost: the money stays away', async () => {
      const { dispute } = await disputed();
      expect((await close(dispute.id, 'lost')).body).toMatchObject({ status: 'lost', is_charge_refundable: false });
      expect((await told(dispute.id)).map(([type]) => type)).toEqual(['created', 'funds_withdrawn', 'closed']);
    });

    it('won: the money comes back, without the fee', async () => {
      const { dispute } = await disputed();
      await close(dispute.id, 'won');
      const won = await sandbox.stripe.disputes.retrieve(dispute.id);
      expect(won.status).toBe('won');
      expect(won.balance_transactions.map(({ net }) => net)).toEqual([-6400, 4900]);
      expect((await told(dispute.id)).map(([type]) => type)).toEqual([
        ...['created', 'funds_withdrawn', 'funds_reinstated', 'closed'],
      ]);
    });

    it('by accepting them', async () => {
      const { dispute } = await disputed();
      expect((await sandbox.stripe.disputes.close(dispute.id)).status).toBe('lost');
      expect((await close(dispute.id, 'won')).status).toBe(400);
    });

    it('lost when nobody answers until the date, by the clock of the customer', async () => {
      const { clock, dispute } = await disputed();
      await sandbox.harness.advance(clock, DUE - 1);
      expect((await sandbox.stripe.disputes.retrieve(dispute.id)).status).toBe('needs_response');
      await sandbox.harness.advance(clock, DUE);
      expect(await sandbox.stripe.disputes.retrieve(dispute.id)).toMatchObject({
        ...{ status: 'lost', evidence_details: { past_due: true } },
      });
      expect((await told(dispute.id)).at(-1)).toEqual(['closed', DUE]);
    });
  });

  // "Evidence" (docs.stripe.com/testing#evidence); "Update a dispute" (docs.stripe.com/api/disputes/update)
  describe('are answered with evidence', () => {
    it('that is sent, and is then under review beyond the date', async () => {
      const { clock, dispute } = await disputed();
      const evidence = { customer_name: 'Ada Lovelace', product_description: 'A plan' };
      const sent = await sandbox.stripe.disputes.update(dispute.id, { evidence });
      expect(sent).toMatchObject({
        ...{ status: 'under_review', evidence: { ...evidence, receipt: null } },
        evidence_details: { has_evidence: true, submission_count: 1, past_due: false },
      });
      await sandbox.harness.advance(clock, DUE + DAY);
      expect((await sandbox.stripe.disputes.retrieve(dispute.id)).status).toBe('under_review');
    });

    it('that is only collected', async () => {
      const { dispute } = await disputed();
      const evidence = { customer_name: 'Ada Lovelace' };
      const kept = await sandbox.stripe.disputes.update(dispute.id, { evidence, submit: false });
      expect(kept).toMatchObject({ status: 'needs_response', evidence_details: { submission_count: 0 } });
    });

    it.each([
      ['winning_evidence', 'won'],
      ['losing_evidence', 'lost'],
    ])('%s: %s', async (uncategorized_text, status) => {
      const { dispute } = await disputed();
      const decided = await sandbox.stripe.disputes.update(dispute.id, { evidence: { uncategorized_text } });
      expect(decided.status).toBe(status);
      const again = sandbox.stripe.disputes.update(dispute.id, { evidence: { uncategorized_text } });
      expect(await refusal(again)).toMatchObject({ statusCode: 400 });
    });
  });

  // "Error codes", `charge_disputed` (docs.stripe.com/error-codes#charge-disputed)
  describe('and refunds', () => {
    it.each(['needs_response', 'lost'])('are refused while it is %s', async (status) => {
      const { charge, dispute } = await disputed();
      if (status === 'lost') await close(dispute.id, 'lost');
      const refused = await refusal(sandbox.stripe.refunds.create({ charge }));
      expect(refused).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
      expect(refused.message).toContain(`${charge} has been charged back`);
      expect((await sandbox.stripe.refunds.list({ charge })).data).toEqual([]);
    });

    it('are possible once it is won', async () => {
      const { charge, dispute } = await disputed();
      await close(dispute.id, 'won');
      expect(await sandbox.stripe.refunds.create({ charge })).toMatchObject({ amount: 4900, status: 'succeeded' });
    });
  });
});
