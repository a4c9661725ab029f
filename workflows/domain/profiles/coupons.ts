import { isFree, MONTHS, type Price, type Prices } from './prices.ts';

/** A discount that customers get who name it when they sign up, as Stripe's coupon of the same id. */
export interface Coupon {
  /** In Stripe, and what customers type. */
  readonly id: string;
  /** On Stripe's pages and invoices. */
  readonly name: string;
  readonly percentOff: number;
  /** Of the first payment, of all, or of those in the first `months` after the signup, as Stripe counts: the trial is a part of them. */
  readonly duration: 'once' | 'forever' | 'repeating';
  readonly months?: number;
  /** Whether the page of the signup offers it to everybody, as a box to tick. At most one is. */
  readonly isOffered?: boolean;
}

export const findCoupon = (
  { coupons = [] }: { readonly coupons?: readonly Coupon[] },
  id: string,
): Coupon | undefined => coupons.find((coupon) => coupon.id === id);

/** The one that the page of the signup offers. */
export const offeredCoupon = ({ coupons = [] }: { readonly coupons?: readonly Coupon[] }): Coupon | undefined =>
  coupons.find(({ isOffered }) => isOffered);

/** What is charged with the coupon, rounded as Stripe rounds. */
export const discounted = (cents: number, { percentOff }: Pick<Coupon, 'percentOff'>): number =>
  cents - Math.round((cents * percentOff) / 100);

/** Whether the first payment is the only one with the discount. */
export const isForFirst = ({ duration, months = 0 }: Coupon, { cycle }: Pick<Price, 'cycle'>): boolean =>
  duration === 'once' || (duration === 'repeating' && months <= MONTHS[cycle]);

const ID = /^[a-zA-Z0-9_-]{1,40}$/;
const MOST_MONTHS = 60;
/** A month is at least so long. */
const SHORTEST_MONTH = 28;

interface Offer {
  readonly coupons?: readonly Coupon[];
  readonly trialDays: number;
  readonly plans: readonly (Prices & { readonly id: string; readonly trialDays?: number })[];
}

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

function* ofMonths({ duration, months }: Coupon, at: string, { plans, trialDays }: Offer): Generator<string> {
  if (duration !== 'repeating') {
    if (months !== undefined) yield `${at}.months goes with the duration "repeating". Leave it out.`;
    return;
  }
  if (months === undefined || !isWhole(months, 1, MOST_MONTHS)) {
    yield `${at}.months must be a whole number from 1 to ${String(MOST_MONTHS)}.`;
    return;
  }
  const longer = plans.find((plan) => !isFree(plan) && (plan.trialDays ?? trialDays) >= months * SHORTEST_MONTH);
  if (longer)
    yield `${at}.months is ${String(months)}, counted from the signup, and the trial of ${longer.id} lasts ${String(longer.trialDays ?? trialDays)} days: no payment would have the discount. Give it more.`;
}

/** What is wrong with the coupons of a catalogue. */
export function* problemsOfCoupons(offer: Offer): Generator<string> {
  const { coupons = [] } = offer;
  if (coupons.filter(({ isOffered }) => isOffered).length > 1)
    yield 'coupons: two are isOffered, and a customer has one at most. Offer one.';
  for (const [index, coupon] of coupons.entries()) {
    const { id, name, percentOff } = coupon;
    const at = `coupons.${id}`;
    if (!ID.test(id)) yield `coupons: "${id}" is not a valid id. Use letters, digits, "-" and "_", at most 40.`;
    if (coupons.findIndex((other) => other.id === id) < index) yield `coupons: two have the id "${id}". Rename one.`;
    // Stripe's most.
    if (name.trim() === '' || name.length > 40 || /\p{Cc}/u.test(name))
      yield `${at}.name must be one line of at most 40 characters. Customers read it on their invoices.`;
    if (!isWhole(percentOff, 1, 99))
      yield `${at}.percentOff must be a whole number from 1 to 99. What costs nothing is a trial, or a free plan.`;
    yield* ofMonths(coupon, at, offer);
  }
}
