import { ApplicationFailure, patched } from '@temporalio/workflow';
import { freshKey } from './activity-calls/fresh-key.ts';
import { billing } from './activity-calls/proxies.ts';
import type { BillingState } from './domain/billing-state.ts';
import { cancelledBy, type CustomerState } from './domain/customer-state.ts';
import { freeGoal, renewalDueAt } from './domain/free-plan.ts';
import type { Phase } from './domain/lifecycle.ts';
import { HOUR_MS } from './domain/time.ts';
import { BillingAccount } from './phase/billing-account.ts';
import type { CustomerRun } from './phase/customer-run.ts';
import { tellOfDisputes } from './phase/disputes.ts';
import { InstanceMaintenance } from './phase/instance-maintenance.ts';
import { lateReplay } from './phase/late-replay.ts';
import type { PhaseCommands } from './phase/phase-commands.ts';
import { keepOneSubscription } from './phase/one-subscription.ts';
import { decideUntilOver } from './phase/phase-loop.ts';
import { changePlan } from './phase/plan.ts';
import { runPhase } from './phase/phase.ts';

/** The life of a customer on the free plan, until they subscribe or leave. */
export async function freePlan(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'free', create: (customer) => new FreePlanLife(customer) }, state);
}

class FreePlanLife {
  private readonly customer: CustomerRun;
  private readonly instance: InstanceMaintenance;
  private readonly account: BillingAccount;

  constructor(customer: CustomerRun) {
    this.customer = customer;
    this.instance = new InstanceMaintenance(customer);
    this.account = new BillingAccount(customer);
  }

  live(): Promise<Phase> {
    return decideUntilOver(this.customer, {
      phase: 'free',
      decide: () => this.decide(),
      nextAt: () => this.nextAt(),
      waitingFor: () => 'the customer to subscribe or to leave',
    });
  }

  commands(): PhaseCommands {
    const { customerId } = this.customer;
    return {
      subscribe: {
        run: ({ plan, cycle }) =>
          billing.openSubscriptionCheckout({ customerId, plan, cycle, key: freshKey(customerId, 'subscribe') }),
      },
      resumeOnboarding: lateReplay(this.customer),
      cancel: {
        run: ({ actor }) => {
          this.customer.orderCancellation(cancelledBy(actor));
          return Promise.resolve({ endsAt: null });
        },
      },
    };
  }

  private async decide(): Promise<Phase | undefined> {
    const { cancellation } = this.customer.state;
    if (cancellation) return 'cancellation';
    const state = await this.account.read();
    await tellOfDisputes(this.customer, state);
    const next = this.account.nextPhase('free', state);
    if (next === 'subscription' || next === 'trial') {
      await this.subscribed(
        patched('what was subscribed to twice is paid back')
          ? await keepOneSubscription(this.customer, this.account, state)
          : state,
      );
      return next;
    }
    await this.instance.reconcile(freeGoal(this.customer.state, this.customer.clock.now()));
    return undefined;
  }

  /** They get the plan they subscribed to, whichever plan they asked for first. */
  private async subscribed({ subscription }: BillingState): Promise<void> {
    const sold = subscription?.sold;
    if (!sold)
      throw ApplicationFailure.nonRetryable(
        'The price of the subscription is of no plan of this product.',
        'UnknownPrice',
      );
    await changePlan(this.customer, sold, `subscribed to ${sold.plan}`);
    this.customer.update({ trialEndsAt: subscription.status === 'trialing' ? subscription.trialEndsAt : null });
  }

  /** A webhook may be lost, so Stripe is read again at least once a day. */
  private nextAt(): number {
    const now = this.customer.clock.now();
    const dates = [renewalDueAt(this.customer.state.licensedUntil), this.instance.retryAt].filter((at) => at !== null);
    return Math.min(now + 24 * HOUR_MS, ...dates.filter((at) => at > now));
  }
}
