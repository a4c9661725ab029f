import { billing, email } from './activity-proxies.ts';
import type { CancelWhen } from './contract.ts';
import type { Desk } from './desk.ts';
import { leavesAtPeriodEnd, NOTHING_TO_UNDO, type BillingState } from './domain/billing-state.ts';
import type { CustomerState } from './domain/customer-state.ts';
import type { Phase } from './domain/lifecycle.ts';
import { licensedUntil, meaningOf } from './domain/subscription.ts';
import { HOUR_MS, iso } from './domain/time.ts';
import { InstanceCare } from './instance-care.ts';
import { lateReplay } from './late-replay.ts';
import type { PhaseCommands } from './phase-front.ts';
import { decideUntilOver } from './phase-loop.ts';
import { runPhase } from './phase.ts';
import { tell } from './tell.ts';

/** The paying life: renewals, failed and recovered payments, and the way out. */
export async function subscription(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'subscription', create: (desk) => new Subscription(desk) }, state);
}

class Subscription {
  private readonly desk: Desk;
  private readonly care: InstanceCare;
  private billing: BillingState | null = null;

  constructor(desk: Desk) {
    this.desk = desk;
    this.care = new InstanceCare(desk);
  }

  async live(): Promise<Phase> {
    const { customerId } = this.desk;
    const key = `${customerId}:subscriptionStarted`;
    await tell(this.desk, 'subscription started', () => email.sendSubscriptionStartedMail({ customerId, key }));
    return decideUntilOver(this.desk, {
      phase: 'subscription',
      decide: () => this.decide(),
      nextAt: () => this.nextAt(),
      waitingFor: () => this.waitingFor(),
    });
  }

  commands(): PhaseCommands {
    return {
      resumeOnboarding: lateReplay(this.desk),
      cancel: { run: ({ when, auditId }) => this.cancel(when, auditId) },
      undoCancellation: {
        refuse: () => (this.billing && !leavesAtPeriodEnd(this.billing) ? NOTHING_TO_UNDO : undefined),
        run: async ({ auditId }) => {
          await this.setCancelAtPeriodEnd(false, auditId);
          return { undone: true };
        },
      },
    };
  }

  leavesAtEnd(): boolean {
    return this.billing !== null && leavesAtPeriodEnd(this.billing);
  }

  private async decide(): Promise<Phase | undefined> {
    if (this.desk.state.cancellation) return 'cancellation';
    const { customerId, terms, licensedUntil: until } = this.desk.state;
    this.billing = await this.readBilling();
    const meaning = meaningOf(this.billing);
    if (meaning.ended) {
      this.desk.orderCancellation('subscription_ended');
      return 'cancellation';
    }
    const invoice = this.billing.latestInvoice;
    if (meaning.tell === 'payment_failed' && invoice)
      await tell(this.desk, 'payment failed', () =>
        email.sendPaymentFailedMail({ customerId, key: `${customerId}:paymentFailed:${invoice.id}` }),
      );
    await this.care.bring({
      standing: meaning.standing,
      licensedUntil: licensedUntil(this.billing, terms, until),
      rule: meaning.rule,
    });
    return undefined;
  }

  private async cancel(when: CancelWhen, auditId: number): Promise<{ endsAt: string | null }> {
    if (when === 'now') {
      this.desk.orderCancellation('customer_asked');
      return { endsAt: null };
    }
    await this.setCancelAtPeriodEnd(true, auditId);
    return { endsAt: this.billing?.subscription?.currentPeriodEndsAt ?? null };
  }

  private async setCancelAtPeriodEnd(cancel: boolean, auditId: number): Promise<void> {
    const { customerId } = this.desk;
    const key = `${customerId}:cancelAtPeriodEnd:${String(auditId)}:v1`;
    await billing.setCancelAtPeriodEnd({ customerId, cancel, key });
    this.billing = await this.readBilling();
  }

  private readBilling(): Promise<BillingState> {
    return billing.readBillingState({ customerId: this.desk.customerId, now: iso(this.desk.clock.now()) });
  }

  /** A webhook may be lost: Stripe is read again an hour after the period's end, whatever came. */
  private nextAt(): number | null {
    const periodEnd = this.billing?.subscription?.currentPeriodEndsAt;
    const dates = [periodEnd ? Date.parse(periodEnd) + HOUR_MS : null, this.care.retryAt].filter((at) => at !== null);
    const ahead = dates.filter((at) => at > this.desk.clock.now());
    return ahead.length > 0 ? Math.min(...ahead) : this.desk.clock.now() + 24 * HOUR_MS;
  }

  private waitingFor(): string {
    const { subscription: held } = this.billing ?? {};
    const until = held?.currentPeriodEndsAt ?? 'an unknown date';
    if (held?.cancelAtPeriodEnd) return `the end of the paid period at ${until}, where the customer leaves`;
    return held?.status === 'active'
      ? `the renewal at ${until}`
      : `a payment (the subscription is ${held?.status ?? 'gone'})`;
  }
}
