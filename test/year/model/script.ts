/** What happens to one customer from outside, in the order of time: theirs, support's and Stripe's dashboard's. */
export interface Script {
  readonly plan: PlanName;
  readonly cycle: 'monthly' | 'annual';
  readonly coupon: CouponName | null;
  readonly steps: readonly Step[];
}
export type PlanName = 'basic' | 'pro';
export type CouponName = 'pilot50off' | 'first20';
/** One that is charged, or one that is declined whenever it is charged. */
export type CardKind = 'good' | 'bad';

export type Operation =
  | { readonly name: 'card'; readonly when: 'now' | 'at_trial_end'; readonly card: CardKind }
  | { readonly name: 'leave'; readonly when: 'now' | 'period_end' }
  | { readonly name: 'keep' }
  | { readonly name: 'extend'; readonly days: number }
  | { readonly name: 'pause'; readonly months: number }
  | { readonly name: 'resume' }
  | { readonly name: 'supportRefunds'; readonly cents: number }
  | { readonly name: 'dashboardCancels' }
  | { readonly name: 'dashboardDeletes' }
  | { readonly name: 'dashboardEndsWithPeriod'; readonly ends: boolean }
  | { readonly name: 'dashboardCard'; readonly card: CardKind }
  | { readonly name: 'dashboardPlan'; readonly plan: PlanName }
  | { readonly name: 'dashboardPauses'; readonly paused: boolean }
  | { readonly name: 'dashboardRefunds'; readonly cents: number }
  | { readonly name: 'dashboardExtends'; readonly days: number }
  | { readonly name: 'eventsAreLost'; readonly lost: boolean }
  | { readonly name: 'eventsComeAgain' };

export interface Step {
  /** Milliseconds after the signup. */
  readonly at: number;
  readonly operation: Operation;
}

export type Access = 'full' | 'read_only' | 'suspended' | 'none';

/** What holds from an instant on. */
export interface Standing {
  readonly at: number;
  readonly phase: 'trial' | 'subscription' | 'ended';
  readonly access: Access;
}
export interface Dated<T> {
  readonly at: number;
  readonly what: T;
}

/** A whole life, as it is predicted or as it was seen. Instants are epoch milliseconds, amounts are cents. */
export interface Life {
  readonly standings: readonly Standing[];
  /** Template, with what tells it from others of its kind. */
  readonly mails: readonly Dated<string>[];
  readonly charges: readonly Dated<number>[];
  readonly refunds: readonly Dated<number>[];
  /** Until when the newest licence is valid. */
  readonly licences: readonly Dated<number>[];
  /** Numbers of the steps that were refused. */
  readonly refused: readonly number[];
}
