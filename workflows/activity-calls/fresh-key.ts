import { uuid4 } from '@temporalio/workflow';

/**
 * An idempotency key of one order to Stripe: the attempts of the activity share it, and the same order given again
 * later has another. Stripe answers a key it knows with its first answer for a day, even if that was an error,
 * so a key that never changed would hold back for that day who wants to pay or to leave. Only for activities that
 * read back what is there before they change it, or whose repetition changes nothing.
 */
export const freshKey = (customerId: string, order: string): string => `${customerId}:${order}:${uuid4()}`;
