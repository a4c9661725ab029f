import { openConversionCheckout, applyPaymentMethod } from './conversion.ts';
import { deleteStripeCustomer, ensureStripeCustomer } from './customers.ts';
import type { BillingDeps } from './deps.ts';
import { asApplicationFailure } from './failures.ts';
import { previewBilling } from './preview.ts';
import { refundInvoice } from './refunds.ts';
import { readBillingState } from './state.ts';
import { cancelSubscription, ensureTrialSubscription, moveTrialEnd, setCancelAtPeriodEnd } from './subscriptions.ts';
import { advanceTestClock } from './test-clock.ts';

/**
 * What we do in Stripe. Every write carries the caller's idempotency key and reads back before it creates; failures
 * are typed (StripeUnavailable, StripeRefused, StripeCardDeclined, StripeAuth).
 */
export function createBillingActivities(deps: BillingDeps) {
  const typed =
    <Input, Output>(activity: (deps: BillingDeps, input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      try {
        return await activity(deps, input);
      } catch (error) {
        throw asApplicationFailure(error);
      }
    };
  return {
    ensureStripeCustomer: typed(ensureStripeCustomer),
    deleteStripeCustomer: typed(deleteStripeCustomer),
    ensureTrialSubscription: typed(ensureTrialSubscription),
    cancelSubscription: typed(cancelSubscription),
    moveTrialEnd: typed(moveTrialEnd),
    setCancelAtPeriodEnd: typed(setCancelAtPeriodEnd),
    openConversionCheckout: typed(openConversionCheckout),
    applyPaymentMethod: typed(applyPaymentMethod),
    readBillingState: typed(readBillingState),
    previewBilling: typed(previewBilling),
    refundInvoice: typed(refundInvoice),
    advanceTestClock: typed(advanceTestClock),
  };
}

export type BillingActivities = ReturnType<typeof createBillingActivities>;
