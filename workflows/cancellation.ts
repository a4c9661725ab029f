import { patched } from '@temporalio/workflow';
import {
  accounts,
  billing,
  email,
  identities,
  licences,
  provisioning,
  sendErasedMail,
  support,
} from './activity-calls/proxies.ts';
import type { CustomerRun } from './phase/customer-run.ts';
import type { CustomerState } from './domain/customer-state.ts';
import { hasInstance, stepsOf } from './domain/core-steps.ts';
import type { Phase } from './domain/lifecycle.ts';
import { money } from './domain/money.ts';
import { retryAfterMs } from './domain/retries.ts';
import { namesOf } from './domain/steps.ts';
import { DAY_MS, iso } from './domain/time.ts';
import type { Unused } from './domain/unused.ts';
import { failureType } from './activity-calls/failure-type.ts';
import { freshKey } from './activity-calls/fresh-key.ts';
import { openSaga } from './onboarding/onboarding-steps.ts';
import type { PhaseCommands } from './phase/phase-commands.ts';
import { runPhase } from './phase/phase.ts';
import { operateStack } from './phase/stack-operation.ts';
import { sendOrAlert } from './phase/send-or-alert.ts';

/** The end of a customer: no further bills, data kept or erased as promised, and nothing left of the stack. */
export async function cancellation(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'cancellation', create: (customer) => new Cancellation(customer) }, state);
}

const FINAL_MAIL = { name: 'final mail' } as const;

/** What was paid for days to come, for the goodbye. */
const unusedInWords = (unused: Unused | null | undefined) =>
  unused ? { [unused.isGivenBack ? 'givenBack' : 'kept']: money(unused.amount, unused.currency) } : {};

class Cancellation {
  private readonly customer: CustomerRun;
  /** An erasure may be ordered after the goodbye mail was sent. */
  private erasureMailSent = false;

  constructor(customer: CustomerRun) {
    this.customer = customer;
  }

  /** Leaving has no way back; only an erasure can still be asked for, and every phase takes that. */
  commands(): PhaseCommands {
    return {};
  }

  async live(): Promise<Phase> {
    const { customerId } = this.customer;
    await this.retryUntilDone('note the cancellation', () =>
      accounts.setStanding({ customerId, standing: 'suspended', rule: `cancelled: ${this.reason()}` }),
    );
    const unused = await this.retryUntilDone('stop billing', () =>
      billing.cancelSubscription({
        ...{ customerId, key: freshKey(customerId, 'cancellation:subscription') },
        refund: this.customer.state.cancellation?.inTrial === true,
      }),
    );
    const retainUntil = iso(this.customer.clock.now() + this.customer.state.terms.retentionDays * DAY_MS);
    if (this.keepsBackup()) await this.backUp(retainUntil);
    await this.takeBackOwnSteps();
    await this.retryUntilDone('destroy the stack', () => operateStack(this.customer, 'destroy'));
    await this.retryUntilDone('revoke access', () => licences.revokeAccess({ customerId }));
    await this.sayGoodbye(retainUntil, unused);
    if (this.keepsBackup()) await this.keepBackup(retainUntil);
    if (this.hasData()) await this.retryUntilDone('delete backups', () => provisioning.deleteBackups({ customerId }));
    return this.end();
  }

  /** What the product's own steps created is removed before the instance and the account that it may depend on. */
  private async takeBackOwnSteps(): Promise<void> {
    const saga = openSaga(this.customer);
    const undoable = namesOf(stepsOf(this.customer.state.terms).filter(({ undo }) => undo !== undefined));
    for (const step of saga.undoable(undoable))
      await this.retryUntilDone(
        `undo ${step}`,
        () => saga.undoOrThrow(step),
        () => this.erases(),
      );
  }

  /** An erasure that is ordered meanwhile needs no backup, and must not wait for one that cannot be taken. */
  private async backUp(retainUntil: string): Promise<void> {
    const { customerId } = this.customer;
    const isOvertaken = (): boolean => this.erases() && patched('an erasure overtakes the backup');
    await this.retryUntilDone('backup', () => provisioning.backupTenant({ customerId, retainUntil }), isOvertaken);
  }

  private async sayGoodbye(retainUntil: string, unused: Unused | null | undefined): Promise<void> {
    const { customerId } = this.customer;
    if (this.erases()) return this.tellOfErasure();
    await sendOrAlert(this.customer, { ...FINAL_MAIL, key: `${customerId}:cancelled` }, (key) =>
      email.sendCancelledMail({ customerId, retainUntil, key, ...unusedInWords(unused) }),
    );
  }

  private async tellOfErasure(): Promise<void> {
    const { customerId } = this.customer;
    this.erasureMailSent = true;
    await sendOrAlert(this.customer, { ...FINAL_MAIL, key: `${customerId}:erased` }, (key) =>
      sendErasedMail({ customerId, key }),
    );
  }

  /** The customer has left: the address is free again, while the backup waits. */
  private async keepBackup(retainUntil: string): Promise<void> {
    const { customerId } = this.customer;
    await this.retryUntilDone('free the address', () => accounts.endCustomer({ customerId, reason: this.reason() }));
    const until = Date.parse(retainUntil);
    while (!this.erases() && this.customer.clock.now() < until)
      await this.customer.rest(
        this.customer.clock.mark(),
        () => until,
        `the end of the backup's retention at ${retainUntil}`,
      );
  }

  private async end(): Promise<'ended'> {
    const { customerId } = this.customer;
    if (!this.erases()) {
      await this.retryUntilDone('end', () => accounts.endCustomer({ customerId, reason: this.reason() }));
      // An erasure may have been accepted meanwhile; from the moment of this check on, no more are accepted.
      const ended = await this.customer.decide(() => Promise.resolve(this.erases() ? undefined : ('ended' as const)));
      if (ended !== undefined || !patched('an erasure accepted during the end')) return 'ended';
    }
    if (!this.erasureMailSent && patched('an erasure ordered after the goodbye is told')) await this.tellOfErasure();
    await this.retryUntilDone('erase in Stripe', () =>
      billing.deleteStripeCustomer({ customerId, key: freshKey(customerId, 'erasure:stripeCustomer') }),
    );
    // Before the person is forgotten here: nobody would know then whose identity it is.
    if (patched('an erasure deletes the identity'))
      await this.retryUntilDone('delete the identity', () => identities.deleteIdentity({ customerId }));
    await this.retryUntilDone('erase', () => accounts.eraseCustomer({ customerId }));
    return 'ended';
  }

  private reason(): string {
    return this.customer.state.cancellation?.reason ?? 'customer_asked';
  }

  /** A customer without an instance has no instance data. */
  private hasData(): boolean {
    return hasInstance(this.customer.state.terms);
  }

  private keepsBackup(): boolean {
    return this.hasData() && !this.erases();
  }

  private erases(): boolean {
    return this.customer.state.cancellation?.erase === true;
  }

  /**
   * A cancellation cannot be undone from here on, so a duty that fails is retried until it succeeds; support is alerted
   * at every failure. The duty is never dropped and the next one never starts before it, unless something else makes it
   * unnecessary.
   */
  private async retryUntilDone<T>(
    duty: string,
    work: () => Promise<T>,
    isUnneeded = () => false,
  ): Promise<T | undefined> {
    this.customer.view.showWaitingFor(duty);
    const { customerId, clock } = this.customer;
    const kind = `cancellation: ${duty}`;
    for (let round = 1; ; round += 1) {
      try {
        const result = isUnneeded() ? undefined : await work();
        if (round > 1) await support.resolveAlert({ customerId, kind });
        this.customer.view.needsAttention(null);
        return result;
      } catch (error) {
        const errorType = failureType(error);
        this.customer.view.failed(kind, errorType);
        const again = clock.now() + retryAfterMs(round, errorType);
        const key = `${customerId}:${kind}:${String(round)}`;
        await support.raiseAlert({ customerId, kind, step: duty, errorType, key });
        while (clock.now() < again && !isUnneeded())
          await this.customer.rest(clock.mark(), () => again, `another try to ${duty}`);
      }
    }
  }
}
