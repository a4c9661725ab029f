import type { Coupon, Profile } from '../../workflows/domain/profiles/index.ts';
import { howTo } from '../program-file.ts';
import { missing, ok, type Check, type Topic, type Verdict } from './finding.ts';
import { SILENCE, permission } from './stripe-silence.ts';

export interface StripeCoupon {
  readonly id: string;
  readonly percentOff: number | null;
  readonly duration: string;
  readonly months: number | null;
  readonly valid: boolean;
}

/** `50 % off, repeating for 6 months` */
export const couponInWords = ({
  percentOff,
  duration,
  months,
}: Pick<StripeCoupon, 'percentOff' | 'duration' | 'months'>): string =>
  `${percentOff === null ? 'an amount' : `${String(percentOff)} %`} off, ${duration}${months === null ? '' : ` for ${String(months)} months`}`;

export const asStripeHasIt = ({ percentOff, duration, months }: Coupon) => ({
  ...{ percentOff, duration, months: months ?? null },
});

function lookAtCoupon(coupons: readonly StripeCoupon[], coupon: Coupon, live: boolean): Verdict {
  const { id } = coupon;
  const found = coupons.find((each) => each.id === id);
  if (!found)
    return live
      ? missing(`no coupon has the id ${id}`)
      : ok(`${id} is not there yet: in test mode its first use makes it`);
  if (!found.valid) return missing(`${id} is used up or has expired`);
  const [is, wanted] = [couponInWords(found), couponInWords(asStripeHasIt(coupon))];
  return is === wanted ? ok(`${id}, ${is}`) : missing(`${id} is ${is}, where the catalogue says ${wanted}`);
}

const couponCheck = (coupon: Coupon, live: boolean): Check<readonly StripeCoupon[]> => ({
  check: `coupon ${coupon.id}`,
  look: (coupons) => lookAtCoupon(coupons, coupon, live),
  means:
    'who signs up with it waits at "trialSubscription", and no Checkout opens: nobody is charged another price than they were told',
  remedy: `"${howTo('stripe', 'apply')}" makes a missing one; or dashboard > Product catalogue > Coupons. One that is wrong: give the coupon of the product another id`,
});

export const couponsTopic = ({
  profile: { coupons = [] },
  live,
}: {
  readonly profile: Profile;
  readonly live: boolean;
}): Topic<readonly StripeCoupon[]> => ({
  part: 'Stripe',
  about: 'coupons',
  silence: SILENCE,
  refusal: permission('"Coupons"'),
  checks: coupons.map((coupon) => couponCheck(coupon, live)),
});
