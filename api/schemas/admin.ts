import { Type } from 'typebox';
import { PHASES } from '../../workflows/domain/lifecycle.ts';
import { Closed, Instant, Nullable, OneOf, Patterned } from './common.ts';
import { CustomerReply } from './customers.ts';

const Text = Type.String();
const NullableText = Nullable(Text);
const NullableInstant = Nullable(Instant);

export const ListQuery = Closed({
  phase: Type.Optional(OneOf(PHASES)),
  attention: Type.Optional(
    Patterned('stepName', { description: 'any, or the step that needs a person.', examples: ['any', 'stack'] }),
  ),
  q: Type.Optional(Patterned('text', { maxLength: 100, description: 'Part of a name, an address or an id.' })),
  exact: Type.Optional(
    Patterned('text', {
      minLength: 1,
      maxLength: 254,
      description: 'All of an id, a company name, an instance name or an address; case does not matter.',
    }),
  ),
  cursor: Type.Optional(Patterned('customerId', { description: 'next_cursor of the page before.' })),
  limit: Type.Optional(Patterned('pageSize', { description: '1 to 100; 25 if absent.', examples: ['25'] })),
});

export const ListReply = Type.Object({
  customers: Type.Array(
    Type.Object({
      customer_id: Text,
      company_name: NullableText,
      email: NullableText,
      plan: Text,
      phase: Text,
      standing: Text,
      attention: NullableText,
      deployment_status: Text,
      skip_provisioning: Type.Boolean(),
      instance_url: NullableText,
      trial_ends_at: NullableInstant,
      created_at: Instant,
    }),
  ),
  next_cursor: NullableText,
});

const Attempt = Type.Object({
  direction: Text,
  attempt: Type.Integer(),
  state: Type.String({ description: 'running, done, failed, or lost: its worker never reported the result.' }),
  error_type: NullableText,
  error_message: NullableText,
  started_at: Instant,
  ended_at: NullableInstant,
});

const Step = Type.Object({
  step: Text,
  epoch: Type.Integer({ description: 'The try by replay, from 1.' }),
  generation: Type.Integer(),
  state: Text,
  input_hash: NullableText,
  output: Nullable(
    Type.Record(Text, Type.Union([Text, Type.Number()]), { description: 'What the step made: ids and versions.' }),
  ),
  replayed_by: Nullable(Type.Object({ actor: Text, reason: NullableText, at: NullableInstant })),
  attempt_log: Type.Array(Attempt),
  undo_state: NullableText,
  attempts: Type.Integer(),
  error_type: NullableText,
  error_message: NullableText,
  started_at: NullableInstant,
  ended_at: NullableInstant,
});

const Stack = Type.Object({
  status: Text,
  version: Type.Integer(),
  last_operation: NullableText,
  last_result: NullableText,
  last_error: NullableText,
  started_at: NullableInstant,
  ended_at: NullableInstant,
  resources: Type.Array(Type.Object({ resource: Text, state: Text })),
});

const Alert = Type.Object({
  alert_id: Text,
  kind: Text,
  step: NullableText,
  summary: Text,
  suggested_fix: NullableText,
  raised_count: Type.Integer(),
  raised_at: Instant,
  resolved_at: NullableInstant,
});

const Email = Type.Object({
  email_id: Text,
  template: Text,
  state: Text,
  sent_at: NullableInstant,
  error: NullableText,
});
const Invoice = Type.Object({
  stripe_invoice_id: Text,
  status: Text,
  currency: Text,
  amount_due: Type.Integer(),
  amount_paid: Type.Integer(),
  amount_refunded: Type.Integer(),
  dispute: Nullable(
    Type.Object(
      { id: Text, status: Text, due_at: NullableInstant },
      { description: "The newest dispute of its payment, with Stripe's status, and until when evidence can be sent." },
    ),
  ),
  created_at: Instant,
});
const AuditEvent = Type.Object({
  audit_id: Type.Integer(),
  who: Type.String({ description: 'The actor, with the name they signed in under.' }),
  actor: Text,
  action: Text,
  reason: NullableText,
  details: Type.Unknown(),
  at: Instant,
});

export const DetailReply = Type.Object({
  customer: Type.Interface([CustomerReply], {
    slug: NullableText,
    framework: NullableText,
    subject: Nullable(Type.String({ description: 'By which the issuer of their tokens knows them.' })),
    skip_provisioning: Type.Boolean(),
    region: Text,
    attention: NullableText,
    deployment_error: NullableText,
    deployed_at: NullableInstant,
    stripe_customer_id: NullableText,
    stripe_subscription_id: NullableText,
    clock_offset_ms: Type.Integer(),
    ended_at: NullableInstant,
  }),
  waiting_for: NullableText,
  now: NullableInstant,
  next_at: NullableInstant,
  steps: Type.Array(Step),
  alerts: Type.Array(Alert),
  stack: Nullable(Stack),
  emails: Type.Array(Email),
  invoices: Type.Array(Invoice),
  audit: Type.Array(AuditEvent),
  workflow_url: NullableText,
});
