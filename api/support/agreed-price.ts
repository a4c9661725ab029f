import type { Customer } from '../../infra/db/repositories/customers.ts';
import {
  discounted,
  findProfile,
  isKnownProfile,
  type Coupon,
  type Price,
} from '../../workflows/domain/profiles/index.ts';
import { couponAhead, priceAgreed, type Terms } from '../../workflows/domain/terms.ts';

/** What a customer pays; undefined when neither their terms nor a product of ours says it. */
export const agreedPrice = (terms: Pick<Terms, 'profile' | 'plan' | 'price'>): Price | undefined =>
  isKnownProfile(terms.profile) ? priceAgreed(terms, findProfile(terms.profile)) : undefined;

/** The same in the words of the API, on the customer's own clock. */
export function priceReply(customer: Customer) {
  const now = new Date(Date.now() + customer.clockOffsetMs);
  const price = agreedPrice(customer.terms);
  if (!price) return null;
  return {
    amount: price.cents,
    currency: price.currency,
    billing_cycle: price.cycle,
    discount: discountReply(price, couponAhead(customer, now)),
  };
}

function discountReply({ cents }: Price, coupon: Coupon | undefined) {
  if (coupon === undefined) return null;
  const { id, percentOff, duration, months = null } = coupon;
  return { coupon: id, percent_off: percentOff, amount: discounted(cents, coupon), duration, months };
}
