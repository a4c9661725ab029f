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

type StripeError = InstanceType<typeof Stripe.errors.StripeError>;

const headerOf = ({ headers }: StripeError, name: string): string | undefined =>
  (headers as Readonly<Record<string, string>> | undefined)?.[name];

/** https://docs.stripe.com/error-low-level#stripe-should-retry */
const isPassing = (error: StripeError): boolean =>
  UNDER_WAY.includes(error.code) || headerOf(error, 'stripe-should-retry') === 'true';

const mappingOf = (error: StripeError): Mapping =>
  isPassing(error) ? UNAVAILABLE : (MAPPINGS.find(([kind]) => error instanceof kind)?.[1] ?? UNAVAILABLE);

const LONGEST_WAIT_SECONDS = 600;

/** How long Stripe wants to be left alone, in milliseconds; undefined where it does not say. */
function askedToWaitMs(error: StripeError): number | undefined {
  const asked = Number(headerOf(error, 'retry-after'));
  return asked > 0 ? Math.min(asked, LONGEST_WAIT_SECONDS) * 1_000 : undefined;
}

/**
 * The error, typed, short and without personal data: Stripe's own text may repeat an address, so only its codes are
 * kept.
 */
export function asApplicationFailure(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const { type, retryable } = mappingOf(error);
  const request = error.requestId ? ` to request ${error.requestId}` : '';
  const message = `Stripe answered ${String(error.statusCode ?? 'nothing')} ${error.code ?? error.type}${request}`;
  const nextRetryDelay = retryable ? askedToWaitMs(error) : undefined;
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable, nextRetryDelay });
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
