import { Context } from '@temporalio/activity';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { asOutage, DatabaseUnavailableError } from '../../infra/db/outage.ts';
import { isOfUnknownCustomer } from '../../infra/db/unknown-customer.ts';
import { changePrice, previewPrice } from './change-price.ts';
import { openConversionCheckout, applyPaymentMethod } from './conversion.ts';
import { closeCheckouts, keepOneSubscription, openSubscriptionCheckout } from './subscribe.ts';
import { chargeHeldInvoices } from './held-invoices.ts';
import { deleteStripeCustomer, ensureStripeCustomer } from './customers.ts';
import type { BillingDeps } from './deps.ts';
import { asApplicationFailure } from './failures.ts';
import { pauseCollection, resumeCollection } from './pause.ts';
import { closeProspectCheckout, lookAtProspect, openProspectCheckout, takeBackProspect } from './prospects.ts';
import { previewBilling } from './preview.ts';
import { refundInvoice } from './refunds.ts';
import { readBillingState } from './state.ts';
import { setCancelAtPeriodEnd } from './current-subscription.ts';
import { cancelSubscription } from './cancel.ts';
import { continueWithoutCard, ensureTrialSubscription, moveTrialEnd } from './trial-subscription.ts';
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
        throw endAfterManyTries(asApplicationFailure(error));
      }
    };
  return {
    ensureStripeCustomer: typed(ensureStripeCustomer),
    deleteStripeCustomer: typed(deleteStripeCustomer),
    ensureTrialSubscription: typed(ensureTrialSubscription),
    cancelSubscription: typed(cancelSubscription),
    moveTrialEnd: typed(moveTrialEnd),
    continueWithoutCard: typed(continueWithoutCard),
    setCancelAtPeriodEnd: typed(setCancelAtPeriodEnd),
    openConversionCheckout: typed(openConversionCheckout),
    openSubscriptionCheckout: typed(openSubscriptionCheckout),
    closeCheckouts: typed(closeCheckouts),
    keepOneSubscription: typed(keepOneSubscription),
    changePrice: typed(changePrice),
    pauseCollection: typed(pauseCollection),
    resumeCollection: typed(resumeCollection),
    previewPrice: typed(previewPrice),
    applyPaymentMethod: typed(applyPaymentMethod),
    chargeHeldInvoices: typed(chargeHeldInvoices),
    openProspectCheckout: typed(openProspectCheckout),
    lookAtProspect: typed(lookAtProspect),
    closeProspectCheckout: typed(closeProspectCheckout),
    takeBackProspect: typed(takeBackProspect),
    readBillingState: typed(readBillingState),
    previewBilling: typed(previewBilling),
    refundInvoice: typed(refundInvoice),
    advanceTestClock: typed(advanceTestClock),
  };
}

/**
 * Outages of Stripe and Postgres are waited out, and so is a customer whom Postgres does not know. An error of our own
 * is not: the caller of the command gets it, and a phase that needs the work alerts support and tries again later.
 */
const MOST_TRIES = 6;

function endAfterManyTries(error: unknown): unknown {
  const isWaitedOut = asOutage(error) instanceof DatabaseUnavailableError || isOfUnknownCustomer(error);
  if (error instanceof TemporalFailure || isWaitedOut || Context.current().info.attempt < MOST_TRIES) return error;
  const type = error instanceof Error ? error.name : 'Unknown';
  return ApplicationFailure.nonRetryable(`Unexpected ${type}, ${String(MOST_TRIES)} times in a row.`, type);
}

export type BillingActivities = ReturnType<typeof createBillingActivities>;
