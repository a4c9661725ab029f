import type { Stripe } from 'stripe';
import { DAY, idOf, latestInvoice, refusal, START } from './harness.ts';
import { noon, Sandbox, type Begun } from './scenario.ts';

const APRIL = noon(2027, 4, 1);
/** Halfway through March's 31 days. */
const HALFWAY = START + 15.5 * DAY;

const amounts = ({ lines }: Stripe.Invoice): number[] => lines.data.map(({ amount }) => amount);
const isProration = ({ parent }: Stripe.InvoiceLineItem): boolean =>
  parent?.subscription_item_details?.proration === true;

// "Create a preview invoice" (docs.stripe.com/api/invoices/create_preview)
describe('previews of invoices', () => {
  const sandbox = new Sandbox();

  const itemOf = ({ subscription }: Begun): string => idOf(subscription.items.data[0]);
  const preview = (params: Stripe.InvoiceCreatePreviewParams) => sandbox.stripe.invoices.createPreview(params);
  const yearly = () =>
    sandbox.stripe.prices.create({
      ...{ currency: 'usd', unit_amount: 49_000, recurring: { interval: 'year' } },
      product_data: { name: 'By the year' },
    });

  it('the next invoice of a subscription is the renewal, and nothing of it is there', async () => {
    const { subscription } = await sandbox.begin();
    const { id } = subscription;
    expect(await preview({ subscription: id })).toMatchObject({
      ...{ amount_due: 4900, billing_reason: 'upcoming', status: 'draft', number: null, created: APRIL },
    });
    expect(await sandbox.invoices(id)).toHaveLength(1);
  });

  it('a dearer price shows what it costs until the renewal, as its change will charge it', async () => {
    const begun = await sandbox.begin();
    const { id } = begun.subscription;
    const dearer = await sandbox.harness.price(9900);
    await sandbox.harness.advance(begun.clock, HALFWAY);
    const items = [{ id: itemOf(begun), price: dearer.id }];
    const seen = await preview({ subscription: id, subscription_details: { items, proration_date: HALFWAY } });
    expect(amounts(seen)).toEqual([-2450, 4950, 9900]);
    expect(seen.lines.data.map(isProration)).toEqual([true, true, false]);
    expect((await sandbox.stripe.subscriptions.retrieve(id)).items.data[0]?.price.unit_amount).toBe(4900);
    await sandbox.stripe.subscriptions.update(id, { items, proration_behavior: 'always_invoice' });
    expect((await latestInvoice(sandbox.stripe, id)).amount_paid).toBe(2500);
  });

  it('another interval shows the invoice that it makes at once', async () => {
    const begun = await sandbox.begin();
    await sandbox.harness.advance(begun.clock, HALFWAY);
    const items = [{ id: itemOf(begun), price: (await yearly()).id }];
    const seen = await preview({ subscription: begun.subscription.id, subscription_details: { items } });
    expect([amounts(seen), seen.amount_due, seen.amount_paid]).toEqual([[-2450, 49_000], 46_550, 0]);
    expect(await sandbox.invoices(begun.subscription.id)).toHaveLength(1);
  });

  it('in a trial the first charge is at its end', async () => {
    const begun = await sandbox.begin({ trial_end: START + 14 * DAY });
    const dearer = await sandbox.harness.price(9900);
    const items = [{ id: itemOf(begun), price: dearer.id }];
    const seen = await preview({ subscription: begun.subscription.id, subscription_details: { items } });
    expect([amounts(seen), seen.created]).toEqual([[9900], START + 14 * DAY]);
  });

  it('what ends has no next invoice', async () => {
    const { subscription } = await sandbox.begin();
    await sandbox.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(await refusal(preview({ subscription: subscription.id }))).toMatchObject({ code: 'invoice_upcoming_none' });
  });

  // "Pending updates and failed payments" (docs.stripe.com/billing/subscriptions/upgrade-downgrade)
  it.each(['the same interval', 'another interval'])(
    'a declined charge of %s takes the change back where that was asked for',
    async (which) => {
      const begun = await sandbox.begin();
      const { id } = begun.subscription;
      await sandbox.harness.advance(begun.clock, HALFWAY);
      await sandbox.useCard(begun.customer, 'pm_card_chargeCustomerFail');
      const price = which === 'another interval' ? await yearly() : await sandbox.harness.price(9900);
      const refused = await refusal(
        sandbox.stripe.subscriptions.update(id, {
          items: [{ id: itemOf(begun), price: price.id }],
          ...{ proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete' },
        }),
      );
      expect(refused.statusCode).toBe(402);
      const now = await sandbox.stripe.subscriptions.retrieve(id);
      expect([now.status, now.items.data[0]?.price.unit_amount]).toEqual(['active', 4900]);
      expect(await sandbox.invoices(id)).toHaveLength(1);
    },
  );
});
