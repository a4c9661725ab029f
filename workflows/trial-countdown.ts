import { patched } from '@temporalio/workflow';
import { billing, email } from './activity-calls/proxies.ts';
import { BillingAccount } from './phase/billing-account.ts';
import type { Commands } from './contract/commands.ts';
import type { Desk } from './phase/desk.ts';
import { isUpgradeDeclined, LEAVES, type BillingState } from './domain/billing-state.ts';
import { cancelledBy, type CustomerState } from './domain/customer-state.ts';
import { nextPhase, whereItEnds, type Phase } from './domain/lifecycle.ts';
import { HOUR_MS, SECOND_MS, daysUntil, iso } from './domain/time.ts';
import * as rules from './domain/trial.ts';
import { freshKey } from './activity-calls/fresh-key.ts';
import { afterSubscription, moveToFreePlan } from './phase/free-plan.ts';
import { InstanceCare } from './phase/instance-care.ts';
import { lateReplay } from './phase/late-replay.ts';
import type { PhaseCommands } from './phase/phase-front.ts';
import { endAlert, openAlert } from './phase/open-alert.ts';
import { CLOCK, decideUntilOver } from './phase/phase-loop.ts';
import { runPhase } from './phase/phase.ts';
import { tell, tellPaymentFailed } from './phase/tell.ts';
import { extendTrial, moveTrialEnd, trialEndOf } from './phase/trial-end.ts';

/** From a working instance to a paying customer, or to the end of the trial and all that follows from it. */
export async function trialCountdown(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'trial', create: (desk) => new Trial(desk) }, state);
}

class Trial {
  private readonly desk: Desk;
  private readonly care: InstanceCare;
  private readonly account: BillingAccount;
  /** Whether a subscription paused for want of a payment method was resumed since: once is enough, Stripe retries. */
  private resumed = false;
  /** Set while Stripe is late with what the clock says is due. */
  private lookAgainAt: number | null = null;

  constructor(desk: Desk) {
    this.desk = desk;
    this.care = new InstanceCare(desk);
    this.account = new BillingAccount(desk);
  }

  live(): Promise<Phase> {
    return decideUntilOver(this.desk, {
      phase: 'trial',
      decide: () => this.decide(),
      nextAt: () => this.nextAt(),
      waitingFor: () => this.waitingFor(),
    });
  }

  commands(): PhaseCommands {
    return {
      extendTrial: {
        refuse: ({ days }) => rules.refuseExtension(this.desk.state, days),
        run: ({ days }) => extendTrial(this.desk, this.account, days),
      },
      convertTrial: {
        refuse: () => (this.leavesAtEnd() ? LEAVES : undefined),
        run: ({ chargeWhen }) => this.account.openCheckout(chargeWhen),
      },
      resumeOnboarding: lateReplay(this.desk),
      cancel: { run: (order) => this.cancel(order) },
      undoCancellation: this.account.undoCancellation(),
    };
  }

  leavesAtEnd(): boolean {
    return this.account.leavesAtEnd();
  }

  paysAtEnd(): boolean {
    return this.account.state !== null && rules.judgeTrial(this.account.state) === 'pays_at_trial_end';
  }

  private async decide(): Promise<Phase | undefined> {
    if (this.desk.state.cancellation) return 'cancellation';
    this.lookAgainAt = null;
    const next = await this.judge();
    if (next !== undefined) return next;
    if (!this.looksAgain()) await endAlert(this.desk, CLOCK);
    await this.care.bring(rules.instanceGoal({ ...this.desk.state, trialEndsAt: this.endsAt }));
    return undefined;
  }

  /** What Stripe says comes first; then what the calendar says is due. */
  private async judge(): Promise<Phase | undefined> {
    const { customerId } = this.desk;
    const state = await this.account.read();
    const next = nextPhase('trial', state, this.desk.state.terms);
    if (next === 'subscription') return next;
    if (next !== 'trial') return afterSubscription(this.desk, next, state);
    const verdict = rules.judgeTrial(state, { resumed: this.resumed });
    if (verdict === 'apply_checkout') {
      await billing.applyPaymentMethod({ customerId, key: freshKey(customerId, 'applyPaymentMethod') });
      this.resumed = true;
      this.desk.clock.changed();
      return undefined;
    }
    await this.followLaterEnd(state);
    await this.tellOfDecline(state);
    return this.carryOutDuties(state, verdict === 'pays_at_trial_end');
  }

  /** Stripe's `trial_end` was moved and ours was not: by an extension that failed half-way, or by a person in Stripe. */
  private async followLaterEnd({ subscription }: BillingState): Promise<void> {
    const inStripe = subscription?.trialEndsAt ?? null;
    if (inStripe === null || Date.parse(inStripe) <= this.desk.clock.now()) return;
    const isLater = Date.parse(inStripe) - Date.parse(this.endsAt) >= SECOND_MS;
    if (isLater && patched('a later trial end in Stripe is followed')) await moveTrialEnd(this.desk, inStripe);
  }

  /** Who pays after the trial waits for their instance: that it does not come back has a reason they can act on. */
  private async tellOfDecline({ subscription, latestInvoice: latest }: BillingState): Promise<void> {
    if (!latest || !isUpgradeDeclined(subscription?.status ?? '', latest)) return;
    if (patched('a decline after the trial is told')) await tellPaymentFailed(this.desk, latest.id);
  }

  private async carryOutDuties(state: BillingState, willPay: boolean): Promise<Phase | undefined> {
    const due = this.nextDuty();
    if (!due || due.at > this.desk.clock.now()) return undefined;
    if (rules.comesTooEarly(due.duty, state) && patched('a trial ends when Stripe says so'))
      return this.waitForStripe(due);
    if (due.duty === 'leave') {
      this.desk.orderCancellation('trial_expired');
      return 'cancellation';
    }
    const next = await this.carryOut(due, willPay);
    if (next !== undefined) return next;
    // One duty a decision: Stripe is read again before the next one.
    if (!this.looksAgain()) this.desk.clock.changed();
    return undefined;
  }

  private async carryOut(due: rules.DatedDuty, willPay: boolean): Promise<Phase | undefined> {
    if (due.duty === 'expire') return (await this.isOverUnpaid(willPay)) ? this.expire() : undefined;
    if (due.duty !== 'suspend') await this.remind(due, willPay);
    this.done(due.duty);
    return undefined;
  }

  /** A clock of ours that is wrong must not end a trial, nor what follows from its end. */
  private async waitForStripe({ at }: rules.DatedDuty): Promise<undefined> {
    const now = this.desk.clock.now();
    const nextTryInMs = rules.lookAgainAfterMs(now - at);
    this.lookAgainAt = now + nextTryInMs;
    if (now - at < HOUR_MS) return;
    await openAlert(this.desk, { kind: CLOCK, step: CLOCK, errorType: 'TrialGoesOnInStripe', nextTryInMs });
  }

  private looksAgain = (): boolean => this.lookAgainAt !== null;

  private async remind(due: rules.DatedDuty, willPay: boolean): Promise<void> {
    const { customerId } = this.desk;
    const trialEndsAt = this.endsAt;
    const overtaken = this.agenda().some(({ at }) => at > due.at && at <= this.desk.clock.now());
    if (willPay || overtaken || this.leavesAtEnd()) return;
    // Said as it is when it goes out, which is later than due when nobody was there.
    const daysLeft = daysUntil(Date.parse(trialEndsAt), this.desk.clock.now());
    await tell(this.desk, { name: due.duty, key: `${customerId}:${due.duty}:${trialEndsAt}` }, (key) =>
      email.sendTrialReminderMail({ customerId, daysLeft, key }),
    );
  }

  /**
   * Our clock only says that it is time to look: Stripe's `trial_end` is the truth.
   * @returns whether the trial is over, and unpaid
   */
  private async isOverUnpaid(willPay: boolean): Promise<boolean> {
    const state = await this.account.read();
    const goesOn = nextPhase('trial', state, this.desk.state.terms) === 'trial';
    if (!goesOn || rules.judgeTrial(state) === 'apply_checkout') return false;
    const inStripe = state.subscription?.trialEndsAt ?? null;
    if (inStripe !== null && Date.parse(inStripe) > this.desk.clock.now()) {
      await moveTrialEnd(this.desk, inStripe);
      return false;
    }
    if (willPay) this.lookAgainAt = this.desk.clock.now() + HOUR_MS / 60;
    return !willPay;
  }

  private async expire(): Promise<Phase | undefined> {
    const { freePlan } = this.desk.state.terms;
    if (freePlan) return moveToFreePlan(this.desk, freePlan, `trial:${this.endsAt}`);
    const { customerId } = this.desk;
    await tell(this.desk, { name: 'trial expired', key: `${customerId}:expired:${this.endsAt}` }, (key) =>
      email.sendTrialExpiredMail({ customerId, key }),
    );
    this.done('expire');
    return undefined;
  }

  private async cancel({ when, actor }: Commands['cancel']['argument']): Promise<{ endsAt: string | null }> {
    if (when === 'now' || this.isOver()) {
      this.desk.orderCancellation(cancelledBy(actor));
      return { endsAt: null };
    }
    await this.account.leaveAtEnd();
    return { endsAt: this.endsAt };
  }

  private nextAt(): number | null {
    const dates = [this.nextDuty()?.at, this.care.retryAt, this.lookAgainAt].filter((at) => typeof at === 'number');
    const soonest = this.lookAgainAt ?? Math.min(...dates);
    return Number.isFinite(soonest) ? soonest : null;
  }

  private waitingFor(): string {
    const next = this.nextDuty();
    if (this.leavesAtEnd()) return `the end of the trial, ${whereItEnds(this.desk.state.terms)}`;
    if (this.paysAtEnd()) return 'the end of the trial, where Stripe charges the customer';
    return next ? `${rules.dutyInWords(next.duty)} at ${iso(next.at)}, or a payment method` : 'a payment method';
  }

  private get endsAt(): string {
    return trialEndOf(this.desk);
  }

  private agenda(): rules.DatedDuty[] {
    return rules.trialAgenda(this.desk.state.terms, this.endsAt);
  }

  private nextDuty(): rules.DatedDuty | undefined {
    return rules.nextDuty(this.agenda(), this.desk.state.trialDutiesDone);
  }

  private done(duty: rules.TrialDuty): void {
    this.desk.update({ trialDutiesDone: [...this.desk.state.trialDutiesDone, duty] });
  }

  private isOver(): boolean {
    return this.desk.state.trialDutiesDone.includes('expire');
  }
}
