import { uuid4 } from '@temporalio/workflow';

/**
 * An idempotency key for one request to Stripe: all attempts of the activity share it, and the same request made again
 * later gets another. For a day, Stripe answers a known key with its first answer, even if that was an error, so with a
 * key that never changed, a customer who wants to pay or to leave could be blocked for a day. Only for activities that
 * read what is there before they change it, or that are safe to repeat.
 */
export const freshKey = (customerId: string, order: string): string => `${customerId}:${order}:${uuid4()}`;
