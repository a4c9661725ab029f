import { ApplicationFailure } from '@temporalio/common';
import Stripe from 'stripe';

interface Mapping {
  readonly type: string;
  readonly retryable: boolean;
}

/** Another request under the same key, or on the same object, is still on its way. */
const UNDER_WAY: readonly (string | undefined)[] = ['idempotency_key_in_use', 'lock_timeout'];

/** Stripe's errors by class. A key that Stripe does not accept affects everybody, until it is renewed. */
const MAPPINGS: readonly (readonly [new (...args: never[]) => Error, Mapping])[] = [
  [Stripe.errors.StripeAuthenticationError, { type: 'StripeAuth', retryable: true }],
  [Stripe.errors.StripePermissionError, { type: 'StripeAuth', retryable: true }],
  [Stripe.errors.StripeCardError, { type: 'StripeCardDeclined', retryable: false }],
  [Stripe.errors.StripeIdempotencyError, { type: 'StripeRefused', retryable: false }],
  [Stripe.errors.StripeInvalidRequestError, { type: 'StripeRefused', retryable: false }],
];

const UNAVAILABLE: Mapping = { type: 'StripeUnavailable', retryable: true };

const mappingOf = (error: InstanceType<typeof Stripe.errors.StripeError>): Mapping =>
  UNDER_WAY.includes(error.code) ? UNAVAILABLE : (MAPPINGS.find(([kind]) => error instanceof kind)?.[1] ?? UNAVAILABLE);

/**
 * The error, typed, short and without personal data: Stripe's own text may repeat an address, so only its codes are
 * kept.
 */
export function asApplicationFailure(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const { type, retryable } = mappingOf(error);
  const request = error.requestId ? ` to request ${error.requestId}` : '';
  const message = `Stripe answered ${String(error.statusCode ?? 'nothing')} ${error.code ?? error.type}${request}`;
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable });
}

/** Whether Stripe says that the object does not exist. */
const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';

/**
 * The result of a call, or undefined when Stripe says that the object does not exist. When it was to be deleted or
 * cancelled, that means done: the answer of an earlier attempt may have been lost.
 */
export async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
