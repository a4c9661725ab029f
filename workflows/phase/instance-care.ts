import { accounts, licences, support } from '../activity-calls/proxies.ts';
import type { Desk } from './desk.ts';
import type { StandingMode } from '../domain/lifecycle.ts';
import { retryAfterMs } from '../domain/retries.ts';
import { failureType } from '../activity-calls/failure-type.ts';
import { operateStack } from './stack-operation.ts';

export interface InstanceGoal {
  readonly standing: StandingMode;
  readonly licensedUntil: string;
  /** The sentence that the timeline shows as the cause. */
  readonly rule: string;
}

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
    if (goal.standing === standing && goal.licensedUntil === licensedUntil) return;
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
    if (this.retryAt === null) return;
    this.retryAt = null;
    this.failures = 0;
    this.desk.needsAttention(null);
    await support.resolveAlert({ customerId, kind: ALERT });
  }

  private async alert(error: unknown): Promise<void> {
    const { customerId, clock } = this.desk;
    const now = clock.now();
    const errorType = failureType(error);
    this.failures += 1;
    this.retryAt = now + retryAfterMs(this.failures, errorType);
    this.desk.failed(ALERT, errorType);
    const key = `${customerId}:${ALERT}:${String(now)}`;
    await support.raiseAlert({ customerId, kind: ALERT, step: 'stack', errorType, key });
  }
}
