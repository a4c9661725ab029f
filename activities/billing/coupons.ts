import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import type { Coupon } from '../../workflows/domain/profiles/index.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import type { BillingDeps } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { isThere } from './products.ts';

/**
 * Creates a coupon of the catalogue under its id, which makes it safe to repeat: an idempotency key would give back one
 * that somebody has deleted since.
 */
export async function makeCoupon(
  stripe: Stripe,
  { id, name, percentOff, duration, months }: Coupon,
): Promise<Stripe.Coupon> {
  const terms = { id, name, percent_off: percentOff, duration };
  try {
    return await stripe.coupons.create({ ...terms, ...(months !== undefined && { duration_in_months: months }) });
  } catch (error) {
    if (!isThere(error)) throw error;
    return stripe.coupons.retrieve(id);
  }
}

const isAgreed = (
  { percent_off, duration, duration_in_months, valid }: Stripe.Coupon,
  { percentOff, duration: agreed, months }: Coupon,
): boolean =>
  valid && percent_off === percentOff && duration === agreed && (duration_in_months ?? undefined) === months;

const refused = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'StripeRefused');

/**
 * The discount that was agreed with a customer, for what is created in Stripe. Outside live mode a missing coupon is
 * created, as a missing price is.
 * @throws ApplicationFailure `StripeRefused` where Stripe would give another discount, or none
 */
export async function discountsOf(
  { stripe, config }: BillingDeps,
  { coupon }: Pick<Terms, 'coupon'>,
): Promise<{ readonly discounts?: { coupon: string }[] }> {
  if (coupon === undefined) return {};
  const { id } = coupon;
  const found = await unlessMissing(stripe.coupons.retrieve(id));
  if (!found && config.live) throw refused(`Stripe has no coupon ${id}.`);
  if (!isAgreed(found ?? (await makeCoupon(stripe, coupon)), coupon))
    throw refused(`The coupon ${id} in Stripe is not as it was agreed, or is no longer valid.`);
  return { discounts: [{ coupon: id }] };
}
