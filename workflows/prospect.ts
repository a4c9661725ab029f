import {
  TemporalFailure,
  condition,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { billing, email, prospects, support } from './activity-calls/proxies.ts';
import { BILLING_CHANGED, type BillingChanged } from './contract/customer.ts';
import {
  OPEN_CHECKOUT,
  type OpenedCheckout,
  type ProspectEnd,
  type ProspectLook,
  type ProspectStart,
} from './contract/prospect.ts';
import { HOUR_MS } from './domain/time.ts';

/**
 * The workflow of a prospect. It checks what they have to do first (for example pay) whenever something changes, and
 * every hour in case an event was lost; then it creates the customer, who has a workflow of their own.
 */
export async function prospect(start: ProspectStart): Promise<ProspectEnd> {
  return new Prospect(start).live();
}

class Prospect {
  private readonly customerId: string;
  private readonly remindAt: number;
  private readonly abandonAt: number;
  private changes = 0;
  private reminded = false;
  private checkout: Promise<OpenedCheckout> | null = null;

  constructor({ customerId, remindAt, abandonAt }: ProspectStart) {
    this.customerId = customerId;
    this.remindAt = Date.parse(remindAt);
    this.abandonAt = Date.parse(abandonAt);
    setHandler(defineSignal<[BillingChanged]>(BILLING_CHANGED), () => {
      this.changes += 1;
    });
    setHandler(defineUpdate<OpenedCheckout>(OPEN_CHECKOUT), () => this.openCheckout());
  }

  async live(): Promise<ProspectEnd> {
    for (;;) {
      const seen = this.changes;
      try {
        const end = await this.goOn();
        if (end !== undefined) return end;
      } catch (error) {
        // A permanent refusal by a provider must not end a prospect who is about to pay: it is tried again.
        if (!(error instanceof TemporalFailure)) throw error;
      }
      await this.rest(seen);
    }
  }

  private async goOn(): Promise<ProspectEnd | undefined> {
    const look = await this.look();
    if (look.is === 'ready') return this.becomeCustomer(look.trialEndsAt);
    if (look.is === 'over' || Date.now() >= this.abandonAt) return this.abandon();
    // Beside everything else: the mail service may be away for hours.
    if (!this.reminded && Date.now() >= this.remindAt) void this.remind();
    return undefined;
  }

  private openCheckout(): Promise<OpenedCheckout> {
    const { customerId } = this;
    this.checkout ??= billing
      .openProspectCheckout({ customerId, key: `${customerId}:checkout:v1` })
      .catch((error: unknown) => {
        this.checkout = null;
        throw error;
      });
    return this.checkout;
  }

  private look(): Promise<ProspectLook> {
    return billing.lookAtProspect({ customerId: this.customerId });
  }

  private async becomeCustomer(trialEndsAt: string | null): Promise<ProspectEnd> {
    const { customerId } = this;
    const creation = await prospects.createCustomer({ customerId, trialEndsAt });
    if (creation.outcome === 'customer') return 'customer';
    await this.takeBack('refused');
    if (creation.holder !== null)
      await support.raiseAlert({
        ...{ customerId: creation.holder, kind: `prospect: ${customerId}`, step: 'checkout', errorType: 'PaidTwice' },
        key: `${customerId}:refused`,
      });
    return 'refused';
  }

  /** Closes what is open first: a prospect who pays at this very instant still becomes a customer. */
  private async abandon(): Promise<ProspectEnd | undefined> {
    const { customerId } = this;
    await billing.closeProspectCheckout({ customerId, key: `${customerId}:checkout:close` });
    const look = await this.look();
    if (look.is === 'ready') return this.becomeCustomer(look.trialEndsAt);
    if (look.is === 'open' && Date.now() < this.abandonAt) return undefined;
    await this.takeBack('abandoned');
    return 'abandoned';
  }

  private async takeBack(end: 'refused' | 'abandoned'): Promise<void> {
    const { customerId } = this;
    await billing.takeBackProspect({ customerId, key: `${customerId}:prospect:takeBack` });
    await prospects.endProspect({ customerId, end });
  }

  /** At most one, and nothing depends on it: a reminder that cannot be sent is dropped. */
  private async remind(): Promise<void> {
    this.reminded = true;
    try {
      await email.sendCheckoutReminderMail({ customerId: this.customerId });
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }

  private async rest(seen: number): Promise<void> {
    const now = Date.now();
    const ahead = [this.abandonAt, ...(this.reminded ? [] : [this.remindAt])].filter((at) => at > now);
    const next = Math.min(now + HOUR_MS, ...ahead);
    const summary = 'the prospect to do what is open';
    setCurrentDetails(`Waiting for ${summary}; taken to have gone at ${new Date(this.abandonAt).toISOString()}.`);
    await condition(() => this.changes !== seen, next - now, { summary });
  }
}
