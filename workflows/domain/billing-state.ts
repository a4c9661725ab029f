import type { Dispute } from './disputes.ts';
import type { SoldPlan } from './terms.ts';

/** The states of a Stripe subscription that a customer of ours can reach. */
export type SubscriptionStatus =
  'incomplete' | 'incomplete_expired' | 'trialing' | 'active' | 'past_due' | 'unpaid' | 'paused' | 'canceled';

/**
 * What Stripe says now, in one canonical shape; read again whenever something hints at a change. Instants are ISO
 * strings.
 */
export interface BillingState {
  readonly subscription: {
    readonly id: string;
    readonly status: SubscriptionStatus;
    readonly priceId: string;
    /**
     * What the catalogue sells at that price; null for a price that is not in the catalogue. Absent from older
     * histories.
     */
    readonly sold?: SoldPlan | null;
    readonly trialEndsAt: string | null;
    readonly currentPeriodEndsAt: string | null;
    readonly cancelAtPeriodEnd: boolean;
    /** When it ended; null while it has not. Absent from older histories. */
    readonly endedAt?: string | null;
    readonly hasPaymentMethod: boolean;
    /**
     * Until when invoices are paid; null while none is. Stripe calls a subscription active before it has charged for
     * it. Absent from older histories.
     */
    readonly paidUntil?: string | null;
    /** A charge waits at Stripe, for about an hour, before it is made. Absent from older histories. */
    readonly chargePending?: boolean;
    /** Stripe has drafted invoices that nothing will charge. */
    readonly hasHeldInvoices?: true;
    /** Where it may be something else than the price of the plan. */
    readonly nextCharge?: NextCharge;
    /** Without a payment method Stripe pauses it at the end of its trial, whatever is due then. */
    readonly pausesAtTrialEnd?: true;
    /** Set while somebody pauses the collection in Stripe. */
    readonly pause?: CollectionPause | null;
    /** Invoices are sent to be paid by a date, and need no payment method. */
    readonly isInvoiced?: boolean;
  } | null;
  /** A Checkout in setup mode was completed and its payment method is not yet the subscription's. */
  readonly checkout: { readonly id: string; readonly paymentMethodId: string; readonly chargeWhen: ChargeWhen } | null;
  readonly latestInvoice: { readonly id: string; readonly status: string; readonly amountDue: number } | null;
  /** Of their latest payments; absent when there are none. */
  readonly disputes?: readonly Dispute[];
}

/** In minor units. */
export interface NextCharge {
  /** What the period costs. */
  readonly cents: number;
  /** What is asked for, with credits and what is left of changes. */
  readonly due: number;
  readonly currency: string;
  /** ISO 8601. */
  readonly at: string;
  /** What the period would cost as agreed; absent where that is the same. */
  readonly agreed?: number;
}

/** What becomes of invoices while their collection is paused, and until when it is. */
export interface CollectionPause {
  readonly behavior: string;
  readonly resumesAt: string | null;
  /**
   * From when the customer pauses their plan: they do not use it then. Absent: somebody in Stripe gives them time. ISO
   * 8601.
   */
  readonly byCustomerFrom?: string;
}

const OWING: readonly string[] = ['past_due', 'unpaid', 'incomplete'] satisfies SubscriptionStatus[];

/** Whether a payment has failed and is still due. */
export const isOwing = (status: string): boolean => OWING.includes(status);

/** Whether what was owed is paid, and what Stripe has drafted meanwhile is still to be charged. */
export const isPaidButForHeld = ({ subscription, latestInvoice }: BillingState): boolean =>
  subscription?.hasHeldInvoices === true && !subscription.pause && latestInvoice?.status === 'paid';

/** Whether an upgrade after the trial was declined: its invoice is open as long as another card can pay it. */
export const isUpgradeDeclined = (
  subscriptionStatus: string,
  latest: { readonly status: string; readonly amountDue: number } | null | undefined,
): boolean => subscriptionStatus === 'paused' && latest?.status === 'open' && latest.amountDue > 0;

const OVER: readonly string[] = ['canceled', 'incomplete_expired'] satisfies SubscriptionStatus[];

/** Whether a subscription has ended for good. */
export const isOver = (status: string): boolean => OVER.includes(status);

/** In Postgres, of a customer without a subscription in Stripe. */
export const NO_SUBSCRIPTION = 'inactive';
/** Whether Stripe has a subscription that is not over. */
export const isThere = (status: string): boolean => !isOver(status) && status !== NO_SUBSCRIPTION;

/** Whether Stripe has lost the subscription of somebody who had one: support is asked, and nothing is taken away. */
export const isMissingInStripe = (customer: {
  readonly phase: string;
  readonly subscriptionStatus: string;
  readonly stripeSubscriptionId: string | null;
}): boolean =>
  (customer.phase === 'trial' || customer.phase === 'subscription') &&
  customer.subscriptionStatus === NO_SUBSCRIPTION &&
  customer.stripeSubscriptionId !== null;

/** When a customer who gives a payment method during the trial is charged first. */
export type ChargeWhen = 'now' | 'at_trial_end';

export const leavesAtPeriodEnd = ({ subscription }: BillingState): boolean =>
  subscription?.cancelAtPeriodEnd === true && !isOver(subscription.status);
export const LEAVES = 'This plan is about to end. Keep it first; then it can be paid for.';
export const NOTHING_TO_UNDO = 'There is no cancellation that can be undone.';
