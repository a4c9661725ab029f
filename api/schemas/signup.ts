import { Type, type Static } from 'typebox';
import {
  BillingCycle,
  Closed,
  CouponId,
  Currency,
  EmailAddress,
  Instant,
  Name,
  NewPassword,
  Nullable,
  OneOf,
  OptionalName,
  Password,
  Patterned,
  PlanId,
  RegionId,
} from './common.ts';

export const SignupBody = Closed(
  {
    email: EmailAddress,
    password: NewPassword,
    company_name: Name,
    full_name: Type.Optional(OptionalName),
    plan: Type.Optional(PlanId),
    billing_cycle: Type.Optional(BillingCycle),
    currency: Type.Optional(Currency),
    coupon: Type.Optional(CouponId),
    region: Type.Optional(RegionId),
  },
  { examples: [{ email: 'ada@example.com', password: 'Lovelace1815', company_name: 'Analytical Engines' }] },
);
export type SignupBody = Static<typeof SignupBody>;

/** The reply to a signup. */
export const SignupReply = Type.Object({
  message: Type.String(),
  customer: Type.Object({ customer_id: Type.String(), email: Type.String(), company_name: Type.String() }),
  subscription: Type.Object({ plan: Type.String(), status: Type.String(), trial_ends_at: Nullable(Instant) }),
  deployment: Nullable(
    Type.Object(
      {
        status: OneOf(['pending', 'provisioning', 'ready', 'failed']),
        estimated_time: Type.String(),
        instance_url: Type.String(),
      },
      { description: 'null where customers have no instance.' },
    ),
  ),
  license: Type.Object({ jwt: Type.String(), expires_at: Instant, max_devices: Type.Integer() }),
  next_steps: Type.Array(Type.String()),
});
export type SignupReply = Static<typeof SignupReply>;

/** An impossible address gets the same answer as an unknown one. */
export const LoginBody = Closed(
  { email: Patterned('text', { maxLength: 254 }), password: Password },
  { examples: [{ email: 'ada@example.com', password: 'Lovelace1815' }] },
);

export const LoginReply = Type.Object({
  message: Type.String(),
  token: Type.String({ description: 'Send it as Authorization: Bearer <token>.' }),
  expires_at: Instant,
  customer: Type.Object({ customer_id: Type.String(), email: Type.String(), company_name: Type.String() }),
});
