import { Type, type Static } from 'typebox';
import { Closed, EXAMPLE_CUSTOMER, Instant, Nullable, OneOf, Patterned, Reason } from './common.ts';
import { SignupBody } from './signup.ts';

const { email, company_name, full_name, plan, billing_cycle, currency, region } = SignupBody.properties;

/** A customer who is created by staff, with the field names of a signup. */
export const OnboardBody = Closed(
  {
    ...{ email, company_name, full_name, plan, billing_cycle, currency, region },
    framework: Type.Optional(Patterned('framework', { description: 'Compliance framework, like hipaa.' })),
    customer_id: Type.Optional(
      Patterned('customerId', {
        description: 'Id of an existing customer, or of the one to create; repeating the same request changes nothing.',
      }),
    ),
    skip_provisioning: Type.Optional(
      Type.Boolean({ default: false, description: 'No instance is created, now or later.' }),
    ),
    reason: Reason,
  },
  {
    examples: [
      {
        ...{ email: 'ada@example.com', company_name: 'Analytical Engines', customer_id: EXAMPLE_CUSTOMER },
        reason: 'Signed on paper.',
      },
    ],
  },
);
export type OnboardBody = Static<typeof OnboardBody>;

export const OnboardReply = Type.Object({
  outcome: OneOf(['created', 'started', 'already_there']),
  customer_id: Type.String(),
  company_name: Nullable(Type.String()),
  email: Nullable(Type.String()),
  plan: Type.String(),
  framework: Nullable(Type.String()),
  provisioning: OneOf(['by_the_onboarding', 'skipped']),
  trial_ends_at: Nullable(Instant),
  message: Type.String(),
});
