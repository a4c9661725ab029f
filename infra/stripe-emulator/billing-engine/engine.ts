import { Context, ENGINE, type Settings } from '../context.ts';
import type { Invoice } from '../objects/billing.ts';
import type { ObjectTypes } from '../objects/index.ts';
import type { Store } from '../store.ts';
import { clearDeadline, nextDeadline, setDeadline, type Deadline, type DeadlineKind } from './deadlines.ts';
import { missDueDate } from './disputes.ts';
import { giveUp } from './giving-up.ts';
import { endPeriod } from './renewal.ts';
import {
  afterLastAttempt,
  bill,
  changeSubscription,
  collectAndSettle,
  endSubscription,
  subscriptionOf,
} from './subscriptions.ts';

/** https://docs.stripe.com/api/subscriptions/object#subscription_object-status, of `send_invoice` */
function missDue(context: Context, invoice: Invoice): void {
  const subscription = subscriptionOf(context, invoice);
  if (invoice.status !== 'open' || subscription.status !== 'active') return;
  context.update(context.need('customer', invoice.customer), { delinquent: true }, 'customer.updated');
  changeSubscription(context, subscription, { status: 'past_due' });
}

function giveUpDue(context: Context, invoice: Invoice): void {
  const subscription = subscriptionOf(context, invoice);
  if (invoice.status === 'open' && subscription.status === 'past_due') afterLastAttempt(context, subscription);
}

type Handler = (context: Context, deadline: Deadline) => void;

/** Deadlines may outlive their object (a deleted customer): those are simply dropped. */
const on =
  <T extends keyof ObjectTypes>(
    type: T,
    act: (context: Context, object: ObjectTypes[T], at: number) => void,
  ): Handler =>
  (context, { object, at }) => {
    const found = context.store.find(type, object);
    if (found) act(context, found, at);
  };

const HANDLERS: Readonly<Record<DeadlineKind, Handler>> = {
  cancel: on('subscription', (context, subscription) => {
    endSubscription(context, subscription, { reason: 'cancellation_requested' });
  }),
  dispute_due: on('dispute', missDueDate),
  expire_incomplete: on('subscription', (context, subscription) => {
    const ended_at = context.nowFor(subscription);
    for (const invoice of context.store.all('invoice', { customer: subscription.customer, status: 'open' }))
      if (invoice.id === subscription.latest_invoice) giveUp(context, invoice, 'void');
    changeSubscription(context, subscription, { status: 'incomplete_expired', ended_at });
  }),
  expire_session: on('checkout.session', (context, session) => {
    if (session.status === 'open')
      context.emit('checkout.session.expired', context.update(session, { status: 'expired', url: null }));
  }),
  finalize_invoice: on('invoice', (context, invoice) => {
    if (invoice.status === 'draft' && invoice.auto_advance) bill(context, invoice);
  }),
  invoice_due: on('invoice', missDue),
  invoice_overdue: on('invoice', giveUpDue),
  period_end: on('subscription', endPeriod),
  resume_collection: on('subscription', (context, subscription) => {
    changeSubscription(context, subscription, { pause_collection: null });
  }),
  retry_invoice: on('invoice', (context, invoice) => {
    if (invoice.status === 'open') collectAndSettle(context, invoice, { scheduled: true });
  }),
  trial_will_end: on('subscription', (context, subscription) => {
    if (subscription.status === 'trialing') context.emit('customer.subscription.trial_will_end', subscription);
  }),
};

const TICK_MS = 250;
/** Seconds until something that failed is tried again, so that one bad object cannot hold up the others. */
const LATER = 60;

/** Does of itself what Stripe does of itself: processes what falls due, in order, each step whole or not at all. */
export class BillingEngine {
  private readonly store: Store;
  private readonly settings: Settings;
  private readonly timer: NodeJS.Timeout;
  private readonly onFault: (error: unknown) => void;
  private closed = false;

  constructor(store: Store, settings: Settings, onFault: (error: unknown) => void) {
    this.store = store;
    this.settings = settings;
    this.onFault = onFault;
    this.timer = setInterval(() => {
      this.runRealTime();
    }, TICK_MS);
    for (const clock of store.all('test_helpers.test_clock', { status: 'advancing' })) this.advance(clock.id);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  /** Carries a clock that is `advancing` to its target, one deadline at a time, without holding up requests. */
  advance(clockId: string): void {
    setImmediate(() => {
      try {
        if (!this.closed && this.advanceOnce(clockId)) this.advance(clockId);
      } catch (error) {
        this.onFault(error);
        const clock = this.store.find('test_helpers.test_clock', clockId);
        if (clock) this.store.replace({ ...clock, status: 'internal_failure', status_details: {} });
      }
    });
  }

  private advanceOnce(clockId: string): boolean {
    const clock = this.store.find('test_helpers.test_clock', clockId);
    const target = clock?.status_details.advancing?.target_frozen_time;
    if (!clock || target === undefined) return false;
    const deadline = nextDeadline(this.store, clockId, target);
    this.store.transaction(() => {
      const context = this.context();
      const frozen_time = deadline ? Math.max(clock.frozen_time, deadline.at) : target;
      const moved = context.update(clock, { frozen_time });
      if (deadline) this.process(context, deadline);
      else
        context.emit('test_helpers.test_clock.ready', context.update(moved, { status: 'ready', status_details: {} }));
    });
    return deadline !== undefined;
  }

  private runRealTime(): void {
    for (;;) {
      const now = Math.floor(Date.now() / 1000);
      const deadline = nextDeadline(this.store, null, now);
      if (!deadline || this.closed) return;
      try {
        this.store.transaction(() => {
          this.process(this.context(), deadline);
        });
      } catch (error) {
        this.onFault(error);
        setDeadline(this.store, { ...deadline, at: now + LATER });
      }
    }
  }

  private process(context: Context, deadline: Deadline): void {
    clearDeadline(this.store, deadline.object, deadline.kind);
    HANDLERS[deadline.kind](context, deadline);
  }

  private context(): Context {
    return new Context(this.store, this.settings, ENGINE);
  }
}
