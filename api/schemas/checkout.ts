import { Type } from 'typebox';
import {
  BillingCycle,
  Closed,
  CouponId,
  Currency,
  EmailAddress,
  Name,
  Nullable,
  OneOf,
  OptionalName,
  Patterned,
  PlanId,
  RegionId,
} from './common.ts';

export const CheckoutBody = Closed(
  {
    ...{ email: EmailAddress, company_name: Name, full_name: Type.Optional(OptionalName) },
    ...{ plan: Type.Optional(PlanId), region: Type.Optional(RegionId) },
    ...{ billing_cycle: Type.Optional(BillingCycle), currency: Type.Optional(Currency) },
    coupon: Type.Optional(CouponId),
  },
  { examples: [{ email: 'ada@example.com', company_name: 'Analytical Engines', plan: 'starter' }] },
);
export const CheckoutReply = Type.Object({ checkout_url: Type.String(), session_id: Type.String() });

export const CheckoutParams = Closed({
  session_id: Patterned('foreignId', { description: "Stripe's id of the Checkout.", examples: ['cs_test_a1b2c3'] }),
});
export const CheckoutStateReply = Type.Object({
  status: OneOf(['open', 'completed', 'customer', 'refused', 'expired'], {
    description:
      '`customer`: the customer has been created. `refused`: the address was taken meanwhile, and everything was paid back.',
  }),
  customer_id: Nullable(Type.String()),
});
