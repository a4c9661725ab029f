import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import type { Coupon } from '../../workflows/domain/profiles/index.ts';
import type { Terms } from '../../workflows/domain/terms.ts';
import type { BillingDeps } from './deps.ts';
import { unlessMissing } from './failures.ts';

/** Creates a coupon of the catalogue under its id. Safe to repeat. */
export const makeCoupon = (
  stripe: Stripe,
  { id, name, percentOff, duration, months }: Coupon,
): Promise<Stripe.Coupon> =>
  stripe.coupons.create(
    { id, name, percent_off: percentOff, duration, ...(months !== undefined && { duration_in_months: months }) },
    { idempotencyKey: `coupon:${id}:${String(percentOff)}:${duration}:${String(months ?? 0)}` },
  );

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
  if (found && !isAgreed(found, coupon))
    throw refused(`The coupon ${id} in Stripe is not as it was agreed, or is no longer valid.`);
  if (!found) await makeCoupon(stripe, coupon);
  return { discounts: [{ coupon: id }] };
}
