import { patched } from '@temporalio/workflow';
import { billing, email } from './activity-calls/proxies.ts';
import { BillingAccount } from './phase/billing-account.ts';
import type { Commands } from './contract/commands.ts';
import type { Outlook } from './contract/customer.ts';
import type { CustomerRun } from './phase/customer-run.ts';
import { LEAVES, type BillingState } from './domain/billing-state.ts';
import { cancelledBy, type CustomerState } from './domain/customer-state.ts';
import { whereItEnds, type Phase } from './domain/lifecycle.ts';
import { HOUR_MS, SECOND_MS, daysUntil, iso } from './domain/time.ts';
import * as rules from './domain/trial.ts';
import { freshKey } from './activity-calls/fresh-key.ts';
import { afterSubscription, moveToFreePlan } from './phase/free-plan.ts';
import { tellOfDisputes } from './phase/disputes.ts';
import { InstanceMaintenance } from './phase/instance-maintenance.ts';
import { tellOfEnd } from './phase/leaving.ts';
import { lateReplay } from './phase/late-replay.ts';
import type { PhaseCommands } from './phase/phase-commands.ts';
import { endAlert, openAlert } from './phase/open-alert.ts';
import { CLOCK, decideUntilOver } from './phase/phase-loop.ts';
import { followPlan } from './phase/plan.ts';
import { planChange } from './phase/plan-change.ts';
import { runPhase } from './phase/phase.ts';
import { sendOrAlert, tellOfDecline } from './phase/send-or-alert.ts';
import { LAPSES } from './phase/dunning.ts';
import { chargedInWords, goesOnWithoutCard, outlookOfTrial } from './phase/without-card.ts';
import { extendTrial, followTrialEnd, moveTrialEnd, trialEndOf } from './phase/trial-end.ts';

/** From a working instance to a paying customer, or to the end of the trial and all that follows from it. */
export async function trialCountdown(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'trial', create: (customer) => new Trial(customer) }, state);
}

class Trial {
  private readonly customer: CustomerRun;
  private readonly instance: InstanceMaintenance;
  private readonly account: BillingAccount;
  /**
   * Whether a subscription that was paused for lack of a payment method has been resumed: once is enough, Stripe
   * retries.
   */
  private resumed = false;
  /** Set while Stripe is late with what the clock says is due. */
  private lookAgainAt: number | null = null;

  constructor(customer: CustomerRun) {
    this.customer = customer;
    this.instance = new InstanceMaintenance(customer);
    this.account = new BillingAccount(customer);
  }

  live(): Promise<Phase> {
    return decideUntilOver(this.customer, {
      phase: 'trial',
      decide: () => this.decide(),
      nextAt: () => this.nextAt(),
      waitingFor: () => this.waitingFor(),
    });
  }

  commands(): PhaseCommands {
    return {
      extendTrial: {
        refuse: ({ days }) => rules.refuseExtension(this.customer.state, days),
        run: ({ days }) => extendTrial(this.customer, this.account, days),
      },
      convertTrial: {
        refuse: () => (this.leavesAtEnd() ? LEAVES : undefined),
        run: ({ chargeWhen }) => this.account.openCheckout(chargeWhen),
      },
      changePlan: planChange(this.customer, this.account),
      resumeOnboarding: lateReplay(this.customer),
      cancel: { run: (order) => this.cancel(order) },
      undoCancellation: this.account.undoCancellation(),
    };
  }

  leavesAtEnd(): boolean {
    return this.account.leavesAtEnd();
  }

  outlook(): Outlook {
    return outlookOfTrial(this.account);
  }

  paysAtEnd(): boolean {
    return this.account.state !== null && rules.judgeTrial(this.account.state) === 'pays_at_trial_end';
  }

  private async decide(): Promise<Phase | undefined> {
    if (this.customer.state.cancellation) return 'cancellation';
    this.lookAgainAt = null;
    const next = await this.judge();
    if (next !== undefined) return next;
    if (!this.looksAgain()) await endAlert(this.customer, CLOCK);
    await this.instance.reconcile(rules.instanceGoal({ ...this.customer.state, trialEndsAt: this.endsAt }));
    return undefined;
  }

  /** What Stripe says comes first; then what the calendar says is due. */
  private async judge(): Promise<Phase | undefined> {
    const { customerId } = this.customer;
    const state = await this.account.read();
    await tellOfDisputes(this.customer, state);
    const next = this.account.nextPhase('trial', state);
    if (next === 'subscription') return next;
    if (next === 'lapsed' && patched(LAPSES)) return 'subscription';
    if (next === 'missing') await this.instance.hold();
    if (next !== 'trial') return afterSubscription(this.customer, next, state);
    const verdict = rules.judgeTrial(state, { resumed: this.resumed });
    if (verdict === 'apply_checkout') {
      await billing.applyPaymentMethod({ customerId, key: freshKey(customerId, 'applyPaymentMethod') });
      this.resumed = true;
      this.customer.clock.changed();
      return undefined;
    }
    await followPlan(this.customer, state);
    await followTrialEnd(this.customer, state);
    await tellOfEnd(this.customer, this.account);
    await tellOfDecline(this.customer, state);
    const goesOn = await goesOnWithoutCard(this.customer, state, verdict);
    return this.carryOutDuties(state, goesOn || verdict === 'pays_at_trial_end');
  }

  private async carryOutDuties(state: BillingState, willPay: boolean): Promise<Phase | undefined> {
    const due = this.nextDuty();
    if (!due || due.at > this.customer.clock.now()) return undefined;
    if (rules.comesTooEarly(due.duty, state) && patched('a trial ends when Stripe says so'))
      return this.waitForStripe(due);
    if (due.duty === 'leave') {
      this.customer.orderCancellation('trial_expired');
      return 'cancellation';
    }
    const next = await this.carryOut(due, willPay);
    if (next !== undefined) return next;
    // One duty a decision: Stripe is read again before the next one.
    if (!this.looksAgain()) this.customer.clock.changed();
    return undefined;
  }

  private async carryOut(due: rules.DatedDuty, willPay: boolean): Promise<Phase | undefined> {
    if (due.duty === 'expire') return (await this.isOverUnpaid(willPay)) ? this.expire() : undefined;
    if (due.duty !== 'suspend') await this.remind(due, willPay);
    this.done(due.duty);
    return undefined;
  }

  /** A wrong clock on our side must not end a trial, nor cause what follows from its end. */
  private async waitForStripe({ at }: rules.DatedDuty): Promise<undefined> {
    const now = this.customer.clock.now();
    const nextTryInMs = rules.lookAgainAfterMs(now - at);
    this.lookAgainAt = now + nextTryInMs;
    if (now - at < HOUR_MS) return;
    await openAlert(this.customer, { kind: CLOCK, step: CLOCK, errorType: 'TrialGoesOnInStripe', nextTryInMs });
  }

  private looksAgain = (): boolean => this.lookAgainAt !== null;

  private async remind(due: rules.DatedDuty, willPay: boolean): Promise<void> {
    const { customerId } = this.customer;
    const trialEndsAt = this.endsAt;
    const overtaken = this.agenda().some(({ at }) => at > due.at && at <= this.customer.clock.now());
    if (willPay || overtaken || this.leavesAtEnd()) return;
    // The text is true when the mail goes out, which may be late if Tenure was down.
    const daysLeft = daysUntil(Date.parse(trialEndsAt), this.customer.clock.now());
    await sendOrAlert(this.customer, { name: due.duty, key: `${customerId}:${due.duty}:${trialEndsAt}` }, (key) =>
      email.sendTrialReminderMail({ customerId, daysLeft, key, ...chargedInWords(this.account.state) }),
    );
  }

  /**
   * Our clock only says that it is time to look: Stripe's `trial_end` is the truth.
   * @returns whether the trial is over, and unpaid
   */
  private async isOverUnpaid(willPay: boolean): Promise<boolean> {
    const state = await this.account.read();
    const goesOn = this.account.nextPhase('trial', state) === 'trial';
    if (!goesOn || rules.judgeTrial(state) === 'apply_checkout') return false;
    const inStripe = state.subscription?.trialEndsAt ?? null;
    if (inStripe !== null && Date.parse(inStripe) > this.customer.clock.now()) {
      await moveTrialEnd(this.customer, inStripe);
      return false;
    }
    if (willPay) this.lookAgainAt = this.customer.clock.now() + HOUR_MS / 60;
    return !willPay;
  }

  private async expire(): Promise<Phase | undefined> {
    const { freePlan } = this.customer.state.terms;
    if (freePlan) return moveToFreePlan(this.customer, freePlan, `trial:${this.endsAt}`);
    const { customerId } = this.customer;
    await sendOrAlert(this.customer, { name: 'trial expired', key: `${customerId}:expired:${this.endsAt}` }, (key) =>
      email.sendTrialExpiredMail({ customerId, key }),
    );
    this.done('expire');
    return undefined;
  }

  private async cancel({ when, actor }: Commands['cancel']['argument']): Promise<{ endsAt: string | null }> {
    if (when === 'now' || this.isOver()) {
      this.customer.orderCancellation(cancelledBy(actor));
      return { endsAt: null };
    }
    await this.account.leaveAtEnd();
    return { endsAt: this.endsAt };
  }

  private nextAt(): number | null {
    const endsAt = this.account.endsAt();
    const ends = endsAt === null ? null : Date.parse(endsAt) + SECOND_MS;
    const dates = [this.nextDuty()?.at, ends, this.instance.retryAt, this.lookAgainAt].filter(
      (at) => typeof at === 'number',
    );
    const soonest = this.lookAgainAt ?? Math.min(...dates);
    return Number.isFinite(soonest) ? soonest : null;
  }

  private waitingFor(): string {
    const next = this.nextDuty();
    if (this.leavesAtEnd()) return `the end of the trial, ${whereItEnds(this.customer.state)}`;
    if (this.paysAtEnd()) return 'the end of the trial, where Stripe charges the customer';
    if (this.outlook().withoutCard !== null) return 'the end of the trial, which needs no payment method';
    return next ? `${rules.dutyInWords(next.duty)} at ${iso(next.at)}, or a payment method` : 'a payment method';
  }

  private get endsAt(): string {
    return trialEndOf(this.customer);
  }

  private agenda(): rules.DatedDuty[] {
    return rules.trialAgenda(this.customer.state.terms, this.endsAt);
  }

  private nextDuty(): rules.DatedDuty | undefined {
    return rules.nextDuty(this.agenda(), this.customer.state.trialDutiesDone);
  }

  private done(duty: rules.TrialDuty): void {
    this.customer.update({ trialDutiesDone: [...this.customer.state.trialDutiesDone, duty] });
  }

  private isOver(): boolean {
    return this.customer.state.trialDutiesDone.includes('expire');
  }
}
