import { billing } from '../activity-calls/proxies.ts';
import type { CustomerRun } from './customer-run.ts';
import {
  isThere,
  leavesAtPeriodEnd,
  NO_SUBSCRIPTION,
  NOTHING_TO_UNDO,
  type BillingState,
  type ChargeWhen,
} from '../domain/billing-state.ts';
import { nextPhase, type PhaseOfLife } from '../domain/lifecycle.ts';
import { iso } from '../domain/time.ts';
import { freshKey } from '../activity-calls/fresh-key.ts';
import type { PhaseCommand } from './phase-commands.ts';

/**
 * What a phase knows about its customer in Stripe, including the wish to leave at the end of the trial or of the paid
 * period.
 */
export class BillingAccount {
  /** As last read; null until then. */
  state: BillingState | null = null;
  private readonly customer: CustomerRun;

  constructor(customer: CustomerRun) {
    this.customer = customer;
  }

  async read(): Promise<BillingState> {
    const { customerId, clock } = this.customer;
    this.state = await billing.readBillingState({ customerId, now: iso(clock.now()) });
    // It was taken back: here, or by somebody in Stripe.
    const { subscription } = this.state;
    if (this.customer.state.leavesOn && subscription && !subscription.cancelAtPeriodEnd)
      this.customer.update({ leavesOn: null });
    return this.state;
  }

  /**
   * Where the customer gives Stripe a payment method; without a subscription, where they subscribe again to what they
   * had, at the price that was agreed.
   */
  openCheckout(chargeWhen: ChargeWhen): Promise<{ readonly checkoutUrl: string }> {
    const { customerId, state } = this.customer;
    if (this.hasNone()) {
      const key = freshKey(customerId, 'subscribe');
      return billing.openSubscriptionCheckout({ customerId, plan: state.terms.plan, asAgreed: true, key });
    }
    return billing.openConversionCheckout({ customerId, chargeWhen, key: freshKey(customerId, 'convert') });
  }

  /** Whether Stripe has no subscription that could be changed or paid for. */
  hasNone(): boolean {
    return this.state !== null && !isThere(this.state.subscription?.status ?? NO_SUBSCRIPTION);
  }

  leavesAtEnd(): boolean {
    return this.endsAt() !== null;
  }

  /** When the subscription ends in Stripe, whoever chose that. ISO 8601. */
  endsAt(): string | null {
    const { state } = this;
    return state && leavesAtPeriodEnd(state) ? (state.subscription?.currentPeriodEndsAt ?? null) : null;
  }

  /** The phase that follows from what Stripe says. */
  nextPhase(phase: PhaseOfLife, state: BillingState): ReturnType<typeof nextPhase> {
    const { terms, leavesOn } = this.customer.state;
    return nextPhase(phase, state, { freePlan: terms.freePlan, leavesOn });
  }

  async leaveAtEnd(): Promise<void> {
    await this.setCancelAtPeriodEnd(true);
    this.customer.update({ leavesOn: this.endsAt() });
  }

  undoCancellation(): PhaseCommand<'undoCancellation'> {
    return {
      refuse: () => (this.state && !this.leavesAtEnd() ? NOTHING_TO_UNDO : undefined),
      run: async () => {
        await this.setCancelAtPeriodEnd(false);
        return { undone: true };
      },
    };
  }

  private async setCancelAtPeriodEnd(cancel: boolean): Promise<void> {
    const { customerId } = this.customer;
    const key = freshKey(customerId, 'cancelAtPeriodEnd');
    await billing.setCancelAtPeriodEnd({ customerId, cancel, key });
    await this.read();
  }
}
