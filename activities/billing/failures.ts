import { ApplicationFailure } from '@temporalio/common';
import Stripe from 'stripe';

interface Mapping {
  readonly type: string;
  readonly retryable: boolean;
}

/** Stripe's errors by class. A saved 500 answers every retry under its key the same; a replay gets a new key. */
const MAPPINGS: readonly (readonly [new (...args: never[]) => Error, Mapping])[] = [
  [Stripe.errors.StripeConnectionError, { type: 'StripeUnavailable', retryable: true }],
  [Stripe.errors.StripeRateLimitError, { type: 'StripeUnavailable', retryable: true }],
  [Stripe.errors.StripeAPIError, { type: 'StripeUnavailable', retryable: true }],
  [Stripe.errors.StripeAuthenticationError, { type: 'StripeAuth', retryable: false }],
  [Stripe.errors.StripePermissionError, { type: 'StripeAuth', retryable: false }],
  [Stripe.errors.StripeCardError, { type: 'StripeCardDeclined', retryable: false }],
  [Stripe.errors.StripeIdempotencyError, { type: 'StripeRefused', retryable: false }],
  [Stripe.errors.StripeInvalidRequestError, { type: 'StripeRefused', retryable: false }],
];

/** Typed, short and without personal data: Stripe's own text may repeat an address, so only its codes are kept. */
export function asApplicationFailure(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const { type, retryable } = MAPPINGS.find(([kind]) => error instanceof kind)?.[1] ?? {
    type: 'StripeUnavailable',
    retryable: true,
  };
  const request = error.requestId ? ` to request ${error.requestId}` : '';
  const message = `Stripe answered ${String(error.statusCode ?? 'nothing')} ${error.code ?? error.type}${request}`;
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable });
}

/** Whether Stripe says that the thing is not there: for an undo that means done. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';
