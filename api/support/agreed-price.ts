import { findProfile, isKnownProfile, type Price } from '../../workflows/domain/profiles/index.ts';
import { priceAgreed, type Terms } from '../../workflows/domain/terms.ts';

/** What a customer pays; undefined when neither their terms nor a product of ours says it. */
export const agreedPrice = (terms: Pick<Terms, 'profile' | 'plan' | 'price'>): Price | undefined =>
  isKnownProfile(terms.profile) ? priceAgreed(terms, findProfile(terms.profile)) : undefined;

/** The same in the words of the API. */
export function priceReply(terms: Parameters<typeof agreedPrice>[0]) {
  const price = agreedPrice(terms);
  return price ? { amount: price.cents, currency: price.currency, billing_cycle: price.cycle } : null;
}
