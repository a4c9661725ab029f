import { Stripe } from 'stripe';
import { asApplicationFailure } from '../../../activities/billing/failures.ts';
import { waitBeforeRetryMs } from '../../../workers/interceptors/patience.ts';

const { StripeRateLimitError, StripeInvalidRequestError } = Stripe.errors;
const limited = (headers: Record<string, string>) =>
  asApplicationFailure(new StripeRateLimitError({ type: 'rate_limit_error', statusCode: 429, headers }));

test('Stripe says how long to wait, and is believed within reason', () => {
  expect(limited({ 'retry-after': '7' })).toMatchObject({ type: 'StripeUnavailable', nextRetryDelay: 7_000 });
  expect(limited({ 'retry-after': '86400' })).toMatchObject({ nextRetryDelay: 600_000 });
  expect(limited({})).toMatchObject({ nonRetryable: false, nextRetryDelay: undefined });
});

test('customers who were told to wait come back one after the other, and none too soon', () => {
  const trouble = { attempt: 1, firstWaitMs: 500, lastingMs: 0, askedMs: 7_000 };
  const waits = [0, 0.5, 1].map((chance) => waitBeforeRetryMs(trouble, chance));
  expect(waits).toEqual([7_000, 8_400, 9_800]);
  expect(waitBeforeRetryMs({ ...trouble, attempt: 9 }, 0)).toBe(48_000);
});

test.each([
  [{ 'stripe-should-retry': 'true' }, { type: 'StripeUnavailable', nonRetryable: false }],
  [{}, { type: 'StripeRefused', nonRetryable: true }],
])('a refusal with %j', (headers, failure) => {
  const refusal = new StripeInvalidRequestError({ type: 'invalid_request_error', statusCode: 409, headers });
  expect(asApplicationFailure(refusal)).toMatchObject(failure);
});
