import type { Diagnosis } from './diagnoses.ts';

/** Of what Stripe says, and of what it does not say. */
export const STRIPE_DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  TrialGoesOnInStripe: {
    cause: 'Trials ended an hour ago by our clock but continue in Stripe: one of the two clocks is wrong.',
    suggestedFix:
      'Correct the clock of the Temporal server. Nobody loses their trial meanwhile: it ends when Stripe says so.',
    replayMayHelp: false,
    waitsFor: 'the clock',
  },
  StripeCardDeclined: {
    cause: 'Stripe declined the payment.',
    suggestedFix: 'Ask the customer for another payment method.',
    replayMayHelp: false,
  },
  StripeUnavailable: {
    cause: 'Stripe did not respond, or responded with a server error.',
    suggestedFix: 'Nothing to do: the work continues when Stripe responds again.',
    replayMayHelp: true,
    waitsFor: 'Stripe',
  },
  NotOurStripeCustomer: {
    cause: 'The customer in Stripe that our row names does not carry our id: it may be somebody else.',
    suggestedFix:
      "Look at it in Stripe. If it is theirs, set its metadata `customer_id` to our customer's id; if not, correct customers.stripe_customer_id in Postgres. It is retried automatically; nothing was deleted.",
    replayMayHelp: true,
  },
  PaymentDisputed: {
    cause:
      'The customer disputes a payment at their bank, which has taken the money back until it decides, or asks about it.',
    suggestedFix:
      'Answer it in Stripe before the date. Until the bank decides nothing is taken away from the customer; a payment that the bank has taken back cannot be refunded.',
    replayMayHelp: false,
  },
  DisputeLost: {
    cause: 'A dispute was lost: the bank has given the money of a payment back to the customer.',
    suggestedFix:
      'Decide whether they remain a customer: their subscription continues until somebody cancels it. Dismiss this alert then.',
    replayMayHelp: false,
  },
  SubscribedTwice: {
    cause: 'The customer completed two Checkouts. The later one counts; the other was cancelled and paid back.',
    suggestedFix: 'Ask the customer whether the later plan is the one they want. Dismiss this alert then.',
    replayMayHelp: false,
  },
  SubscriptionMissing: {
    cause:
      "The customer's subscription is gone from Stripe, and neither they nor we ended it. It was removed there, or its customer was deleted.",
    suggestedFix:
      "Look for it in Stripe: in another account, or without our customer's id in its metadata (`customer_id`). Put it back (a new subscription with that metadata is adopted), or cancel the customer if they have left. Until then they keep what they have, and Stripe is read again automatically.",
    replayMayHelp: true,
  },
  UnknownPrice: {
    cause: 'The subscription in Stripe is for a price that belongs to no plan of this product.',
    suggestedFix:
      "Give the subscription a plan's price, or give the price the lookup key of a plan (`<product>_<plan>_monthly`, `_quarterly` or `_annual`). Stripe is read again by itself.",
    replayMayHelp: true,
  },
  StripeRefused: {
    cause: 'Stripe refused the request.',
    suggestedFix:
      "Find the request in Stripe's log, correct what it names (prices, plan, address), then replay the onboarding or repeat the order.",
    replayMayHelp: false,
  },
  StripeAuth: {
    cause: 'Stripe refused our key.',
    suggestedFix: 'Set a valid STRIPE_SECRET_KEY and restart the workers; the work then continues by itself.',
    replayMayHelp: true,
    waitsFor: 'Stripe',
  },
};
