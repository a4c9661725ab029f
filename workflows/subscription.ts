import { patched } from '@temporalio/workflow';
import { freshKey } from './activity-calls/fresh-key.ts';
import { billing, email } from './activity-calls/proxies.ts';
import { BillingAccount } from './phase/billing-account.ts';
import type { Commands } from './contract/commands.ts';
import type { Outlook } from './contract/customer.ts';
import type { CustomerRun } from './phase/customer-run.ts';
import { isOwing, LEAVES, type BillingState, type CollectionPause } from './domain/billing-state.ts';
import { cancelledBy, type CustomerState } from './domain/customer-state.ts';
import { dunningGoal, isUnpaid } from './domain/dunning.ts';
import { whereItEnds, type Phase } from './domain/lifecycle.ts';
import { isPaidFor, isWaived, licensedUntil, meaningOf, pauseInWords } from './domain/subscription.ts';
import type { Terms } from './domain/terms.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from './domain/time.ts';
import { tellOfDisputes } from './phase/disputes.ts';
import { dun, dunningAhead, LAPSES, nextDunningAt, settleHeld, withoutAccess } from './phase/dunning.ts';
import { afterSubscription, moveToFreePlan } from './phase/free-plan.ts';
import { InstanceMaintenance } from './phase/instance-maintenance.ts';
import { lateReplay } from './phase/late-replay.ts';
import { tellOfEnd } from './phase/leaving.ts';
import { keepOneSubscription } from './phase/one-subscription.ts';
import { pausing } from './phase/pausing.ts';
import type { PhaseCommands } from './phase/phase-commands.ts';
import { decideUntilOver } from './phase/phase-loop.ts';
import { followPlan } from './phase/plan.ts';
import { planChange } from './phase/plan-change.ts';
import { refusal } from './phase/refusals.ts';
import { runPhase } from './phase/phase.ts';
import { sendOrAlert, mailPaymentFailed } from './phase/send-or-alert.ts';

/** The life of a paying customer: renewals, failed and recovered payments, and leaving. */
export async function subscription(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'subscription', create: (customer) => new Subscription(customer) }, state);
}

const CHARGED_AFTER_MS = 2 * HOUR_MS;
const NO_PERIOD = 'The subscription has ended, so there is no paid period to wait for; it can only be cancelled now.';

/** When what the customer has chosen begins: a pause, or another plan. Epoch milliseconds. */
const chosenDates = (pause: CollectionPause | null | undefined, { planAhead }: Terms): readonly number[] =>
  [pause?.byCustomerFrom, planAhead?.from].flatMap((at) => (at === undefined ? [] : [Date.parse(at) + SECOND_MS]));

class Subscription {
  private readonly customer: CustomerRun;
  private readonly instance: InstanceMaintenance;
  private readonly account: BillingAccount;
  private thanked = false;
  /** When the last decision began: what came due since was not seen by it. */
  private decidedAt = 0;

  constructor(customer: CustomerRun) {
    this.customer = customer;
    this.instance = new InstanceMaintenance(customer);
    this.account = new BillingAccount(customer);
  }

  async live(): Promise<Phase> {
    if (!patched('thanks once it is paid')) await this.thank();
    return decideUntilOver(this.customer, {
      phase: 'subscription',
      decide: () => this.decide(),
      nextAt: () => this.nextAt(),
      waitingFor: () => this.waitingFor(),
    });
  }

  private async thank(): Promise<void> {
    const { customerId, state } = this.customer;
    this.thanked = true;
    const which = state.subscriptionsEnded === undefined ? '' : `:${String(state.subscriptionsEnded)}`;
    await sendOrAlert(
      this.customer,
      { name: 'subscription started', key: `${customerId}:subscriptionStarted${which}` },
      (key) => email.sendSubscriptionStartedMail({ customerId, key }),
    );
  }

  commands(): PhaseCommands {
    return {
      convertTrial: {
        refuse: () => {
          if (this.account.hasNone()) return undefined;
          return this.leavesAtEnd() && !this.owes() ? LEAVES : undefined;
        },
        run: () => this.account.openCheckout('now'),
      },
      changePlan: planChange(this.customer, this.account),
      ...pausing(this.customer, this.account),
      resumeOnboarding: lateReplay(this.customer),
      cancel: {
        refuse: ({ when }) => (when === 'period_end' && this.account.hasNone() ? NO_PERIOD : undefined),
        run: (order) => this.cancel(order),
      },
      undoCancellation: this.account.undoCancellation(),
    };
  }

  leavesAtEnd(): boolean {
    return this.account.leavesAtEnd();
  }

  outlook(): Outlook {
    const { subscription } = this.account.state ?? {};
    const { status, currentPeriodEndsAt: periodEnd = null, pause = null, nextCharge = null } = subscription ?? {};
    const endsAt = this.account.endsAt();
    return {
      endsAt,
      renewsAt: status === 'active' && endsAt === null && pause === null ? periodEnd : null,
      ahead: subscription ? dunningAhead(this.customer) : [],
      pause,
      ...{ nextCharge, withoutCard: null },
    };
  }

  private owes(): boolean {
    return isOwing(this.account.state?.subscription?.status ?? '');
  }

  /** What Stripe says, after a card that was added since has become the one that pays. */
  private async read(): Promise<BillingState> {
    const state = await this.account.read();
    if (!state.checkout || this.account.hasNone() || !patched('a card given later is taken'))
      return settleHeld(this.customer, this.account, state);
    const { customerId } = this.customer;
    const without = withoutAccess(this.customer);
    await billing.applyPaymentMethod({
      ...{ customerId, key: freshKey(customerId, 'applyPaymentMethod') },
      ...(without && { without }),
    });
    return settleHeld(this.customer, this.account, await this.account.read());
  }

  private async decide(): Promise<Phase | undefined> {
    this.decidedAt = this.customer.clock.now();
    if (this.customer.state.cancellation) return 'cancellation';
    const state = await this.read();
    await tellOfDisputes(this.customer, state);
    const next = this.account.nextPhase('subscription', state);
    const inStages = isUnpaid(state) && patched(LAPSES);
    if (next === 'missing') await this.instance.hold();
    if (next !== 'subscription' && !(next === 'lapsed' && inStages))
      return afterSubscription(this.customer, next, state);
    if (next === 'subscription') {
      await followPlan(this.customer, state);
      await tellOfEnd(this.customer, this.account);
    }
    if (inStages) return this.collect(state);
    await this.goOn(await this.backFromDunning(state));
    return undefined;
  }

  /** Stripe collects; what we do is to take away, in stages, what is not paid for. */
  private async collect(state: BillingState): Promise<Phase | undefined> {
    const { dunning, stage } = await dun(this.customer, state);
    const { terms, licensedUntil: until } = this.customer.state;
    if (stage === 'leave') {
      this.customer.orderCancellation('subscription_ended');
      return 'cancellation';
    }
    if (stage === 'free_plan' && terms.freePlan) {
      this.customer.update({ dunning: null });
      return moveToFreePlan(this.customer, terms.freePlan, `subscription:${state.subscription?.id ?? ''}`);
    }
    await this.instance.reconcile(dunningGoal(stage, dunning, until));
    return undefined;
  }

  /** Whoever subscribed again, after the subscription had ended, is thanked again. */
  private async backFromDunning(state: BillingState): Promise<BillingState> {
    const { dunning, subscriptionsEnded = 0 } = this.customer.state;
    if (!dunning) return state;
    const kept = dunning.ended ? await keepOneSubscription(this.customer, this.account, state) : state;
    this.customer.update({ dunning: null });
    if (!dunning.ended) return kept;
    this.customer.update({ subscriptionsEnded: subscriptionsEnded + 1 });
    this.thanked = false;
    return kept;
  }

  private async goOn(state: BillingState): Promise<void> {
    const { terms, licensedUntil: until } = this.customer.state;
    const meaning = meaningOf(state, this.customer.clock.now());
    const waived = isWaived(state, this.customer.clock.now()) && patched('a period that is waived is licensed');
    if (!this.thanked && isPaidFor(state)) await this.thank();
    const invoice = state.latestInvoice;
    if (meaning.mail === 'payment_failed' && invoice) await mailPaymentFailed(this.customer, invoice.id);
    await this.instance.reconcile({
      standing: meaning.standing,
      licensedUntil: licensedUntil(state, { terms, current: until, waived }),
      rule: meaning.rule,
    });
  }

  private async cancel({ when, actor }: Commands['cancel']['argument']): Promise<{ endsAt: string | null }> {
    if (when === 'now') {
      this.customer.orderCancellation(cancelledBy(actor));
      return { endsAt: null };
    }
    // Before the first look of the phase nobody knows whether there is anything that could end.
    if (this.account.state === null && patched('what ends is read first')) await this.account.read();
    if (this.account.hasNone()) throw refusal(NO_PERIOD);
    await this.account.leaveAtEnd();
    return { endsAt: this.account.state?.subscription?.currentPeriodEndsAt ?? null };
  }

  /** A webhook may be lost, so Stripe is always read again once it has charged for a period, after an hour. */
  private nextAt(): number {
    const now = this.customer.clock.now();
    return this.passed(now) ?? this.nextAfter(now);
  }

  private nextAfter(now: number): number {
    const { subscription: held } = this.account.state ?? {};
    const dates = [
      ...chosenDates(held?.pause, this.customer.state.terms),
      held?.currentPeriodEndsAt ? Date.parse(held.currentPeriodEndsAt) + CHARGED_AFTER_MS : null,
      held?.chargePending ? now + CHARGED_AFTER_MS : null,
      this.customer.state.dunning ? now + DAY_MS : null,
      nextDunningAt(this.customer, now),
      this.instance.retryAt,
    ];
    const ahead = dates.filter((at) => at !== null).filter((at) => at > now);
    return ahead.length > 0 ? Math.min(...ahead) : now + DAY_MS;
  }

  /** A date that was ahead when the last decision began, and is not any more. */
  private passed(now: number): number | null {
    const at = nextDunningAt(this.customer, this.decidedAt);
    return at !== null && at <= now && patched('a date that passes during a decision is met') ? at : null;
  }

  private waitingFor(): string {
    const { subscription: held } = this.account.state ?? {};
    if (!held) return 'a payment (the subscription is gone)';
    if (held.pause) return pauseInWords(held.pause);
    const until = held.currentPeriodEndsAt ?? 'an unknown date';
    if (this.leavesAtEnd()) return `the end of the paid period at ${until}, ${whereItEnds(this.customer.state)}`;
    return held.status === 'active' ? `the renewal at ${until}` : `a payment (the subscription is ${held.status})`;
  }
}
