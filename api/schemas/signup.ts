import { Type, type Static } from 'typebox';
import { Closed, Instant, Line, Name, OneOf } from './common.ts';

export const SignupBody = Closed({
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: 200, description: 'At least 8 characters, 1 uppercase letter, 1 number.' }),
  company_name: Name,
  full_name: Type.Optional(Name),
  plan: Type.Optional(Line(50, 'A plan of the catalogue; the first one if absent.')),
  region: Type.Optional(Line(50, 'Where the instance stands; the first region if absent.')),
});
export type SignupBody = Static<typeof SignupBody>;

/** S1-2, member by member. */
export const SignupReply = Type.Object({
  message: Type.String(),
  customer: Type.Object({ customer_id: Type.String(), email: Type.String(), company_name: Type.String() }),
  subscription: Type.Object({ plan: Type.String(), status: Type.String(), trial_ends_at: Instant }),
  deployment: Type.Object({
    status: OneOf(['pending', 'provisioning', 'ready', 'failed']),
    estimated_time: Type.String(),
    instance_url: Type.String(),
  }),
  license: Type.Object({ jwt: Type.String(), expires_at: Instant, max_devices: Type.Integer() }),
  next_steps: Type.Array(Type.String()),
});
export type SignupReply = Static<typeof SignupReply>;

export const LoginBody = Closed({
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: 200 }),
});

export const LoginReply = Type.Object({
  message: Type.String(),
  token: Type.String({ description: 'Send it as Authorization: Bearer <token>.' }),
  expires_at: Instant,
  customer: Type.Object({ customer_id: Type.String(), email: Type.String(), company_name: Type.String() }),
});
