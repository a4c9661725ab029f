import { eventually } from './eventually.ts';
import { DAY, type LifecycleHarness, type SignedUp, type SignUpOptions } from './lifecycle.ts';

export const READ_ONLY = 'Your instance is read-only now';
const FAILS_WHEN_CHARGED = '4000000000000341';

interface Subscriber {
  readonly customer: SignedUp;
  readonly id: string;
}

/** People who pay, do not, and pay again. */
export class Subscribers {
  private readonly harness: LifecycleHarness;

  constructor(harness: LifecycleHarness) {
    this.harness = harness;
  }

  async told(customer: SignedUp, subject: string): Promise<number> {
    return (await this.harness.subjects(customer)).filter((one) => one === subject).length;
  }

  untilTold(customer: SignedUp, subject: string): Promise<true> {
    return eventually(`"${subject}"`, async () => (await this.told(customer, subject)) === 1 || undefined);
  }

  untilStanding(id: string, standing: string) {
    return this.harness.untilRow(id, standing, (row) => row.standing === standing);
  }

  untilStatus(id: string, status: string) {
    return this.harness.untilRow(id, status, (row) => row.subscriptionStatus === status);
  }

  async invoices(id: string) {
    const { stripeCustomerId } = await this.harness.row(id);
    return (await this.harness.stripe.invoices.list({ customer: stripeCustomerId ?? '', limit: 100 })).data;
  }

  async paid(id: string): Promise<number[]> {
    return (await this.invoices(id)).map(({ amount_paid }) => amount_paid).filter((amount) => amount > 0);
  }

  async entitled(id: string): Promise<string | undefined> {
    const found = this.harness.database.selectFrom('entitlements').select('status').where('customerId', '=', id);
    return (await found.executeTakeFirst())?.status;
  }

  /** What happens unless they pay, with its dates. */
  async ahead(id: string): Promise<Record<string, string>> {
    const { ahead = [] } = await this.harness.status(id);
    return Object.fromEntries(ahead.map(({ what, at }) => [what, at]));
  }

  async paying(card?: string): Promise<Subscriber> {
    const customer = await this.harness.inTrial();
    const { customerId: id } = customer;
    await this.harness.pay(await this.harness.checkout(id, 'now'), card);
    await this.untilStatus(id, 'active');
    await this.untilTold(customer, 'Thank you - your subscription has started');
    return { customer, id };
  }

  /** Whose first payment is declined at the end of the trial, `since`, and will go on being so. */
  async declined(given: SignUpOptions = {}): Promise<Subscriber & { readonly since: number }> {
    const customer = await this.harness.inTrial(given);
    const { customerId: id } = customer;
    const since = await this.harness.trialEndsAt(id);
    await this.harness.pay(await this.harness.checkout(id, 'at_trial_end'), FAILS_WHEN_CHARGED);
    await eventually('the method', async () => (await this.harness.inStripe(id)).live[0]?.default_payment_method);
    await this.harness.advance(id, since + DAY / 8);
    await this.untilStatus(id, 'past_due');
    await this.untilTold(customer, 'Your payment failed');
    return { customer, id, since };
  }

  /** By somebody in the dashboard. */
  async endInStripe(id: string): Promise<void> {
    await this.harness.stripe.subscriptions.cancel((await this.harness.row(id)).stripeSubscriptionId ?? '');
    await this.untilStatus(id, 'canceled');
  }

  async subscribeAgain(id: string): Promise<void> {
    await this.harness.pay(await this.harness.checkout(id, 'now'));
    await this.untilStatus(id, 'active');
    await this.untilStanding(id, 'active');
  }
}
