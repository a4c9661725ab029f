import { patched } from '@temporalio/workflow';
import { accounts, licences } from '../activity-calls/proxies.ts';
import type { Desk } from './desk.ts';
import type { InstanceGoal } from '../domain/lifecycle.ts';
import { retryAfterMs } from '../domain/retries.ts';
import { failureType } from '../activity-calls/failure-type.ts';
import { endAlert, isOpen, openAlert } from './open-alert.ts';
import { operateStack } from './stack-operation.ts';

const ALERT = 'instance update';

/**
 * Brings the instance to the standing and licence it should have. What fails is alerted and tried again later; until
 * then the phase goes on, so that a customer can still pay or leave.
 */
export class InstanceCare {
  /** When to try again, if the last try failed. Epoch milliseconds. */
  retryAt: number | null = null;
  private failures = 0;
  private readonly desk: Desk;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  async bring(goal: InstanceGoal): Promise<void> {
    const { customerId, standing, licensedUntil } = this.desk.state;
    // What failed half-way may have brought it to the other goal: it is brought back, though that is over.
    const isThere = goal.standing === standing && goal.licensedUntil === licensedUntil;
    if (isThere && !(isOpen(this.desk, ALERT) && patched('an instance that was left half-way is brought back'))) return;
    if (this.retryAt !== null && this.desk.clock.now() < this.retryAt) return;
    try {
      await accounts.setStanding({ customerId, standing: goal.standing, rule: goal.rule });
      if (goal.licensedUntil !== licensedUntil)
        await licences.renewLicence({ customerId, expiresAt: goal.licensedUntil, reason: goal.rule });
      await operateStack(this.desk, 'update');
    } catch (error) {
      await this.alert(error);
      return;
    }
    this.desk.update({ standing: goal.standing, licensedUntil: goal.licensedUntil });
    if (!isOpen(this.desk, ALERT)) return;
    this.retryAt = null;
    this.failures = 0;
    this.desk.view.needsAttention(null);
    await endAlert(this.desk, ALERT);
  }

  private async alert(error: unknown): Promise<void> {
    const errorType = failureType(error);
    this.failures += 1;
    this.retryAt = this.desk.clock.now() + retryAfterMs(this.failures, errorType);
    this.desk.view.failed(ALERT, errorType);
    await openAlert(this.desk, { kind: ALERT, step: 'stack', errorType });
  }
}
