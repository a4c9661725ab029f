import { Type } from 'typebox';
import { NO_INSTANCE, S3_WORDS } from '../support/status-words.ts';
import { Instant, Nullable, OneOf, PriceReply } from './common.ts';

const NullableText = Nullable(Type.String());
const NullableInstant = Nullable(Instant);

export const CustomerReply = Type.Object({
  customer_id: Type.String(),
  email: NullableText,
  company_name: NullableText,
  full_name: NullableText,
  plan: Type.String(),
  price: Nullable(PriceReply),
  plan_ahead: Nullable(
    Type.Object(
      {
        plan: Type.String(),
        billing_cycle: NullableText,
        amount: Nullable(Type.Integer()),
        currency: NullableText,
        begins_at: Instant,
      },
      { description: 'Another plan that begins later.' },
    ),
  ),
  phase: Type.String(),
  standing: Type.String(),
  subscription_status: Type.String(),
  deployment_status: Type.String({ description: '`none` for a customer who gets no instance.' }),
  instance_url: NullableText,
  trial_ends_at: NullableInstant,
  created_at: Instant,
});

/** The deployment in the words of Helm and Kubernetes. */
export const DeploymentStatusReply = Type.Object({
  customer: Type.Object({
    deploymentStatus: OneOf([...Object.values(S3_WORDS), NO_INSTANCE]),
    instanceUrl: NullableText,
    deployedAt: NullableInstant,
    deploymentError: NullableText,
  }),
  helm: Type.Object({ status: Type.String(), version: Type.Integer(), lastDeployed: NullableInstant }),
  pods: Type.Array(Type.Object({ name: Type.String(), status: Type.String(), ready: Type.Boolean() })),
});

/** What a customer may use. Instants are Unix seconds. */
export const EntitlementsReply = Type.Object({
  cognito_sub: Type.Optional(
    Type.String({ description: 'The subject of the token, where customers have their identities elsewhere.' }),
  ),
  status: Type.String(),
  plan: Nullable(Type.String({ description: "Stripe's id of the price." })),
  plan_id: Nullable(Type.String({ description: 'The plan in the catalogue.' })),
  current_period_end: Nullable(Type.Integer()),
  trial_expires_at: Nullable(Type.Integer()),
  features: Type.Array(Type.String(), { description: 'What your plan includes.' }),
  limits: Type.Record(Type.String(), Type.Integer(), {
    description: 'How much your plan includes. What is not listed is unlimited.',
  }),
  updatedAt: NullableInstant,
});
