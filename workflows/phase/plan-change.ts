import { TemporalFailure } from '@temporalio/workflow';
import { failureType } from '../activity-calls/failure-type.ts';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { billing, email, licences } from '../activity-calls/proxies.ts';
import { money } from '../domain/money.ts';
import { changesWhen, refuseChange } from '../domain/plan-change.ts';
import { isSoldAs, soldInstead, type SoldPlan } from '../domain/terms.ts';
import { iso } from '../domain/time.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';
import type { PhaseCommand } from './phase-commands.ts';
import { beginPlan, planAheadIs } from './plan.ts';
import { refusal } from './refusals.ts';
import { sendOrAlert } from './send-or-alert.ts';
import { operateStack } from './stack-operation.ts';

const AS_IT_WAS = 'Nothing has changed, and nothing was charged.';
const DECLINED = `Your card was declined, or your bank wants you to confirm the payment. ${AS_IT_WAS} Give another card, then try again.`;
const REFUSED = `Stripe did not accept the change. ${AS_IT_WAS} Our support can see why.`;
const NOT_PROVISIONED = `Your instance could not be changed. ${AS_IT_WAS} Try again later, or ask our support.`;

/** The customer chooses another plan, or another billing cycle, in the trial or while they pay. */
export function planChange(customer: CustomerRun, account: BillingAccount): PhaseCommand<'changePlan'> {
  return {
    // What was read last may be out of date: whoever has just paid must not be told that a payment is due.
    run: async ({ to }) => {
      const state = await account.read();
      const { terms } = customer.state;
      const refused = refuseChange(terms, state, to);
      if (refused !== undefined) throw refusal(refused);
      // Of their own plan they keep what was agreed.
      return new PlanChange(customer, account).to(soldInstead(terms, to) ?? to);
    },
  };
}

/**
 * One transaction over two systems: what begins now is provisioned first and then paid for, and if either fails, both are
 * as before. What begins later has its price in Stripe at once, so that the next payment is right, and all else on its day.
 */
class PlanChange {
  private readonly customer: CustomerRun;
  private readonly account: BillingAccount;

  constructor(customer: CustomerRun, account: BillingAccount) {
    this.customer = customer;
    this.account = account;
  }

  async to(to: SoldPlan): Promise<{ readonly beginsAt: string | null }> {
    const { terms } = this.customer.state;
    if (terms.planAhead && isSoldAs(terms, to)) return this.stay(to);
    const { status, currentPeriodEndsAt } = this.account.state?.subscription ?? {};
    if (status !== 'trialing' && changesWhen(terms, to) === 'period_end' && currentPeriodEndsAt)
      return this.later(to, currentPeriodEndsAt);
    return this.now(to);
  }

  /** A change that was to come later is taken back. */
  private async stay(to: SoldPlan): Promise<{ readonly beginsAt: null }> {
    await this.changePrice(to, 'period_end');
    await planAheadIs(this.customer, undefined, 'the customer stays on their plan');
    return { beginsAt: null };
  }

  private async later(to: SoldPlan, from: string): Promise<{ readonly beginsAt: string }> {
    const { terms } = this.customer.state;
    const priceBefore = terms.planAhead?.priceBefore ?? this.account.state?.subscription?.priceId ?? '';
    // First: as soon as Stripe has the price, whoever reads it must know that it is for later.
    await planAheadIs(this.customer, { plan: to, from, priceBefore }, 'the customer chose another plan for later');
    await this.orBack(terms, REFUSED, () => this.changePrice(to, 'period_end'));
    await this.tell('');
    return { beginsAt: from };
  }

  private async now(to: SoldPlan): Promise<{ readonly beginsAt: null }> {
    const { terms, licensedUntil } = this.customer.state;
    await beginPlan(this.customer, to, 'the customer chose another plan');
    if (to.plan !== terms.plan) await this.orBack(terms, NOT_PROVISIONED, () => this.provision(licensedUntil));
    const charged = await this.orBack(terms, REFUSED, () => this.changePrice(to, 'now'));
    await this.tell(charged ? money(charged.cents, charged.currency) : '');
    return { beginsAt: null };
  }

  private async provision(licensedUntil: string): Promise<void> {
    const { customerId } = this.customer;
    await licences.renewLicence({ customerId, expiresAt: licensedUntil, reason: 'the customer chose another plan' });
    await operateStack(this.customer, 'update');
    this.customer.update({ licensedUntil });
  }

  /** Takes the plan back when the work fails. The phase brings the instance back, however often it must try. */
  private async orBack<T>(before: SoldPlan, sentence: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      await beginPlan(this.customer, before, 'the change of the plan failed');
      this.customer.clock.changed();
      throw refusal(failureType(error) === 'StripeCardDeclined' ? DECLINED : sentence);
    }
  }

  private changePrice(to: SoldPlan, when: 'now' | 'period_end') {
    const { customerId, clock } = this.customer;
    const key = freshKey(customerId, 'changePrice');
    return billing.changePrice({ customerId, to, when, now: iso(clock.now()), key });
  }

  private async tell(charged: string): Promise<void> {
    const { customerId } = this.customer;
    await this.account.read();
    await sendOrAlert(this.customer, { name: 'plan changed', key: freshKey(customerId, 'planChanged') }, (key) =>
      email.sendPlanChangedMail({ customerId, key, charged }),
    );
  }
}
