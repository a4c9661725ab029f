import { patched } from '@temporalio/workflow';
import { accounts, licences } from '../activity-calls/proxies.ts';
import type { CustomerRun } from './customer-run.ts';
import type { InstanceGoal } from '../domain/lifecycle.ts';
import { retryAfterMs } from '../domain/retries.ts';
import { heldGoal } from '../domain/subscription.ts';
import { failureType } from '../activity-calls/failure-type.ts';
import { endAlert, isOpen, openAlert } from './open-alert.ts';
import { operateStack } from './stack-operation.ts';

const ALERT = 'instance update';

/**
 * Brings the instance to the standing and licence it should have. What fails is alerted and tried again later; until
 * then the phase goes on, so that a customer can still pay or leave.
 */
export class InstanceMaintenance {
  /** When to try again, if the last try failed. Epoch milliseconds. */
  retryAt: number | null = null;
  private failures = 0;
  private readonly customer: CustomerRun;

  constructor(customer: CustomerRun) {
    this.customer = customer;
  }

  async reconcile(goal: InstanceGoal): Promise<void> {
    const { customerId, standing, licensedUntil } = this.customer.state;
    // An update that failed half-way may have applied the other goal: bring it back, although that goal no longer
    // applies.
    const isThere = goal.standing === standing && goal.licensedUntil === licensedUntil;
    if (isThere && !(isOpen(this.customer, ALERT) && patched('an instance that was left half-way is brought back')))
      return;
    if (this.retryAt !== null && this.customer.clock.now() < this.retryAt) return;
    try {
      await accounts.setStanding({ customerId, standing: goal.standing, rule: goal.rule });
      if (goal.licensedUntil !== licensedUntil)
        await licences.renewLicence({ customerId, expiresAt: goal.licensedUntil, reason: goal.rule });
      await operateStack(this.customer, 'update');
    } catch (error) {
      await this.alert(error);
      return;
    }
    this.customer.update({ standing: goal.standing, licensedUntil: goal.licensedUntil });
    if (!isOpen(this.customer, ALERT)) return;
    this.retryAt = null;
    this.failures = 0;
    this.customer.view.needsAttention(null);
    await endAlert(this.customer, ALERT);
  }

  /** Keeps everything as it is, and the licence good, while support is asked what became of the subscription. */
  async hold(): Promise<void> {
    if (patched('what is missing in Stripe keeps its licence'))
      await this.reconcile(heldGoal(this.customer.state, this.customer.clock.now()));
  }

  private async alert(error: unknown): Promise<void> {
    const errorType = failureType(error);
    this.failures += 1;
    this.retryAt = this.customer.clock.now() + retryAfterMs(this.failures, errorType);
    this.customer.view.failed(ALERT, errorType);
    await openAlert(this.customer, { kind: ALERT, step: 'stack', errorType });
  }
}
