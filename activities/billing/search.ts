import Stripe from 'stripe';

/**
 * Finds objects by our customer's id in Stripe's metadata. A search lags by up to a minute, and some accounts do not
 * have it.
 */
export async function searchByOurId<T>(
  customerId: string,
  search: (query: string) => Promise<Stripe.ApiSearchResult<T>>,
): Promise<readonly T[]> {
  try {
    const { data } = await search(`metadata['customer_id']:'${customerId}'`);
    return data;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return [];
    throw error;
  }
}
