import { patched } from '@temporalio/workflow';
import { accounts, billing, email, licences, provisioning, sendErasedMail, support } from './activity-calls/proxies.ts';
import type { Desk } from './phase/desk.ts';
import type { CustomerState } from './domain/customer-state.ts';
import { hasInstance, stepsOf } from './domain/core-steps.ts';
import type { Phase } from './domain/lifecycle.ts';
import { retryAfterMs } from './domain/retries.ts';
import { namesOf } from './domain/steps.ts';
import { DAY_MS, iso } from './domain/time.ts';
import { failureType } from './activity-calls/failure-type.ts';
import { freshKey } from './activity-calls/fresh-key.ts';
import { openSaga } from './onboarding/onboarding-steps.ts';
import type { PhaseCommands } from './phase/phase-front.ts';
import { runPhase } from './phase/phase.ts';
import { operateStack } from './phase/stack-operation.ts';
import { tell } from './phase/tell.ts';

/** The way out: no further bill, the data kept or erased as promised, and nothing of the stack left. */
export async function cancellation(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'cancellation', create: (desk) => new Cancellation(desk) }, state);
}

const FINAL_MAIL = { name: 'final mail' } as const;

class Cancellation {
  private readonly desk: Desk;
  /** An erasure may be ordered after the goodbye was said. */
  private toldOfErasure = false;

  constructor(desk: Desk) {
    this.desk = desk;
  }

  /** Leaving has no way back; only an erasure can still be asked for, and every phase takes that. */
  commands(): PhaseCommands {
    return {};
  }

  async live(): Promise<Phase> {
    const { customerId } = this.desk;
    await this.insist('note the cancellation', () =>
      accounts.setStanding({ customerId, standing: 'suspended', rule: `cancelled: ${this.reason()}` }),
    );
    await this.insist('stop billing', () =>
      billing.cancelSubscription({ customerId, key: freshKey(customerId, 'cancellation:subscription') }),
    );
    const retainUntil = iso(this.desk.clock.now() + this.desk.state.terms.retentionDays * DAY_MS);
    if (this.keepsBackup()) await this.insistOnBackup(retainUntil);
    await this.takeBackOwnSteps();
    await this.insist('destroy the stack', () => operateStack(this.desk, 'destroy'));
    await this.insist('revoke access', () => licences.revokeAccess({ customerId }));
    await this.sayGoodbye(retainUntil);
    if (this.keepsBackup()) await this.keepBackup(retainUntil);
    if (this.hasData()) await this.insist('delete backups', () => provisioning.deleteBackups({ customerId }));
    return this.end();
  }

  /** What the product's own steps made goes before the instance and the account that it may hang on. */
  private async takeBackOwnSteps(): Promise<void> {
    const saga = openSaga(this.desk);
    const own = namesOf(stepsOf(this.desk.state.terms).filter(({ undo }) => undo !== undefined));
    for (const step of saga.undoable(own))
      await this.insist(
        `undo ${step}`,
        () => saga.insistOnUndo(step),
        () => this.erases(),
      );
  }

  /** An erasure that is ordered meanwhile needs none, and must not wait for one that cannot be taken. */
  private async insistOnBackup(retainUntil: string): Promise<void> {
    const { customerId } = this.desk;
    const isOvertaken = (): boolean => this.erases() && patched('an erasure overtakes the backup');
    await this.insist('backup', () => provisioning.backupTenant({ customerId, retainUntil }), isOvertaken);
  }

  private async sayGoodbye(retainUntil: string): Promise<void> {
    const { customerId } = this.desk;
    if (this.erases()) return this.tellOfErasure();
    await tell(this.desk, { ...FINAL_MAIL, key: `${customerId}:cancelled` }, (key) =>
      email.sendCancelledMail({ customerId, retainUntil, key }),
    );
  }

  private async tellOfErasure(): Promise<void> {
    const { customerId } = this.desk;
    this.toldOfErasure = true;
    await tell(this.desk, { ...FINAL_MAIL, key: `${customerId}:erased` }, (key) => sendErasedMail({ customerId, key }));
  }

  /** The customer has left: the address is free again, while the backup waits. */
  private async keepBackup(retainUntil: string): Promise<void> {
    const { customerId } = this.desk;
    await this.insist('free the address', () => accounts.endCustomer({ customerId, reason: this.reason() }));
    const until = Date.parse(retainUntil);
    while (!this.erases() && this.desk.clock.now() < until)
      await this.desk.rest(this.desk.clock.mark(), () => until, `the end of the backup's retention at ${retainUntil}`);
  }

  private async end(): Promise<'ended'> {
    const { customerId } = this.desk;
    if (!this.erases()) {
      await this.insist('end', () => accounts.endCustomer({ customerId, reason: this.reason() }));
      // An erasure may have been accepted meanwhile; from the moment it is looked for, none is accepted any more.
      const ended = await this.desk.decide(() => Promise.resolve(this.erases() ? undefined : ('ended' as const)));
      if (ended !== undefined || !patched('an erasure accepted during the end')) return 'ended';
    }
    if (!this.toldOfErasure && patched('an erasure ordered after the goodbye is told')) await this.tellOfErasure();
    await this.insist('erase in Stripe', () =>
      billing.deleteStripeCustomer({ customerId, key: freshKey(customerId, 'erasure:stripeCustomer') }),
    );
    await this.insist('erase', () => accounts.eraseCustomer({ customerId }));
    return 'ended';
  }

  private reason(): string {
    return this.desk.state.cancellation?.reason ?? 'customer_asked';
  }

  /** A customer without an instance leaves no data of one. */
  private hasData(): boolean {
    return hasInstance(this.desk.state.terms);
  }

  private keepsBackup(): boolean {
    return this.hasData() && !this.erases();
  }

  private erases(): boolean {
    return this.desk.state.cancellation?.erase === true;
  }

  /**
   * Leaving has no way back, so a duty that fails is tried again until it holds; support is alerted at the first
   * failure and again with each further one. It neither disappears nor lets the next duty overtake it, unless something
   * else makes it unneeded.
   */
  private async insist(duty: string, work: () => Promise<unknown>, isUnneeded = () => false): Promise<void> {
    this.desk.view.says(duty);
    const { customerId, clock } = this.desk;
    const kind = `cancellation: ${duty}`;
    for (let round = 1; ; round += 1) {
      try {
        if (!isUnneeded()) await work();
        if (round > 1) await support.resolveAlert({ customerId, kind });
        this.desk.view.needsAttention(null);
        return;
      } catch (error) {
        const errorType = failureType(error);
        this.desk.view.failed(kind, errorType);
        const again = clock.now() + retryAfterMs(round, errorType);
        const key = `${customerId}:${kind}:${String(round)}`;
        await support.raiseAlert({ customerId, kind, step: duty, errorType, key });
        while (clock.now() < again && !isUnneeded())
          await this.desk.rest(clock.mark(), () => again, `another try to ${duty}`);
      }
    }
  }
}
