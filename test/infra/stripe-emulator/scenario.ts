import type { Stripe } from 'stripe';
import { EmulatorHarness, idOf, START } from './harness.ts';

/** Noon of a day, UTC, in Stripe's seconds. */
export const noon = (year: number, month: number, day: number): number =>
  Math.floor(Date.UTC(year, month - 1, day, 12) / 1000);

interface Begin extends Partial<Stripe.SubscriptionCreateParams> {
  /** A test payment method that becomes the customer's default; null for none. */
  card?: string | null;
  at?: number;
  /** Replaces the monthly price of 49.00 USD. */
  price?: string;
}

export interface Begun {
  clock: string;
  customer: string;
  subscription: Stripe.Subscription;
}

/**
 * What the scenarios of a file share. Each scenario creates its own customers, prices and clocks and reads only those,
 * so that it could run in a sandbox of Stripe's that holds other objects too.
 */
export class Sandbox {
  private running: EmulatorHarness | undefined;

  constructor() {
    beforeAll(async () => {
      this.running = await EmulatorHarness.start();
    });
    afterAll(() => this.running?.close());
  }

  get harness(): EmulatorHarness {
    if (!this.running) throw new Error('Nothing runs before the first scenario');
    return this.running;
  }

  get stripe(): Stripe {
    return this.harness.stripe;
  }

  /** A customer on their own test clock, with a card and a subscription. */
  async begin({ card = 'pm_card_visa', at = START, price, ...params }: Begin = {}): Promise<Begun> {
    const clock = (await this.harness.clock(at)).id;
    const customer = (await this.harness.customer(clock, card ?? undefined)).id;
    const items = [{ price: price ?? (await this.harness.price()).id }];
    const subscription = await this.stripe.subscriptions.create({ customer, items, ...params });
    return { clock, customer, subscription };
  }

  /** Gives a customer another default card. */
  async useCard(customer: string, token: string): Promise<string> {
    const { id } = await this.stripe.paymentMethods.attach(token, { customer });
    await this.stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    return id;
  }

  /** Oldest first. */
  async invoices(subscription: string): Promise<Stripe.Invoice[]> {
    return (await this.stripe.invoices.list({ subscription, limit: 100 })).data.reverse();
  }

  /** The payment intent that collects an invoice, with what it tried to charge. */
  async paymentOf(invoice: string): Promise<Stripe.PaymentIntent> {
    const [payment] = (await this.stripe.invoicePayments.list({ invoice })).data;
    const id = idOf(payment?.payment.payment_intent);
    return this.stripe.paymentIntents.retrieve(id, { expand: ['latest_charge', 'payment_method'] });
  }
}
