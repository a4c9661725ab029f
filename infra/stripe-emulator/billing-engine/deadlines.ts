import type { Context } from '../context.ts';
import type { Subscription } from '../objects/billing.ts';
import type { Store } from '../store.ts';
import { DAY } from './periods.ts';

/** What falls due. Those due at one instant are processed in the order of their names. */
export type DeadlineKind =
  | 'cancel'
  | 'dispute_due'
  | 'expire_incomplete'
  | 'expire_session'
  | 'finalize_invoice'
  | 'invoice_due'
  | 'invoice_overdue'
  | 'period_end'
  | 'resume_collection'
  | 'retry_invoice'
  | 'trial_will_end';

export interface Deadline {
  object: string;
  kind: DeadlineKind;
  clock: string | null;
  at: number;
}

const TRIAL_NOTICE = 3 * DAY;
const INCOMPLETE_LIFE = 23 * 3600;

export function setDeadline(store: Store, { object, kind, clock, at }: Deadline): void {
  store.run(
    'insert into deadlines (object, kind, clock, at) values (?, ?, ?, ?) on conflict (object, kind) do update set at = excluded.at',
    object,
    kind,
    clock,
    at,
  );
}

export const clearDeadline = (store: Store, object: string, kind: DeadlineKind): void => {
  store.run('delete from deadlines where object = ? and kind = ?', object, kind);
};

const clearDeadlines = (store: Store, object: string): void => {
  store.run('delete from deadlines where object = ?', object);
};

/** The earliest deadline of a clock (`null`: real time) that is not after `until`. */
export function nextDeadline(store: Store, clock: string | null, until: number): Deadline | undefined {
  const [row] = store.rows(
    'select object, kind, clock, at from deadlines where clock is ? and at <= ? order by at, kind limit 1',
    clock,
    until,
  );
  return row as Deadline | undefined;
}

const RENEWING: ReadonlySet<Subscription['status']> = new Set(['trialing', 'active', 'past_due', 'unpaid']);

const periodEnd = (subscription: Subscription): number =>
  Math.min(...subscription.items.data.map((item) => item.current_period_end));

const DUE: Readonly<Partial<Record<DeadlineKind, (subscription: Subscription) => number | null>>> = {
  cancel: ({ cancel_at, cancel_at_period_end }) => (cancel_at_period_end ? null : cancel_at),
  expire_incomplete: ({ status, created }) => (status === 'incomplete' ? created + INCOMPLETE_LIFE : null),
  period_end: (subscription) => (RENEWING.has(subscription.status) ? periodEnd(subscription) : null),
  resume_collection: ({ pause_collection }) => pause_collection?.resumes_at ?? null,
};

/** Makes the deadlines of a subscription follow from its present state. Call it after every change to it. */
export function planDeadlines(context: Context, subscription: Subscription): void {
  const { store } = context;
  if (subscription.ended_at !== null) {
    clearDeadlines(store, subscription.id);
    return;
  }
  for (const [name, due] of Object.entries(DUE)) {
    const kind = name as DeadlineKind;
    const at = due(subscription);
    if (at === null) clearDeadline(store, subscription.id, kind);
    else setDeadline(store, { object: subscription.id, kind, clock: subscription.test_clock, at });
  }
}

/** Stripe announces a trial's end three days before, or at once when it is shorter. Call it whenever `trial_end` is set. */
export function planTrialNotice(context: Context, subscription: Subscription): void {
  if (subscription.trial_end === null) return;
  const at = Math.max(subscription.trial_end - TRIAL_NOTICE, context.nowFor(subscription));
  setDeadline(context.store, { object: subscription.id, kind: 'trial_will_end', clock: subscription.test_clock, at });
}
