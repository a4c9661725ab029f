import { Type } from 'typebox';
import { Closed, CustomerId, Instant, Nullable, OneOf, Patterned, Reason, Uuid } from './common.ts';

export const BatchBody = Closed(
  {
    customer_ids: Type.Optional(Type.Array(CustomerId, { minItems: 1, maxItems: 10_000 })),
    failed_step: Type.Optional(Patterned('stepName', { examples: ['stack'] })),
    error_type: Type.Optional(Patterned('errorType', { examples: ['ProvisioningFailed'] })),
    since: Type.Optional(Instant),
    concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 5 })),
    max_failure_rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 0.5 })),
    reason: Reason,
  },
  { examples: [{ failed_step: 'stack', reason: 'The registry answers again.' }] },
);
export const BatchStarted = Type.Object({ batch_id: Type.String(), customers: Type.Integer() });

export const BatchParams = Closed({ id: Uuid });
export const BatchActionParams = Closed({
  id: Uuid,
  order: OneOf(['pause', 'resume', 'cancel']),
});
const Batch = Type.Object({
  batch_id: Type.String(),
  state: Type.String(),
  actor: Type.String(),
  reason: Type.String(),
  concurrency: Type.Integer(),
  max_failure_rate: Type.Number(),
  created_at: Instant,
  ended_at: Nullable(Instant),
  counts: Type.Record(Type.String(), Type.Integer()),
});
export const BatchesReply = Type.Object({ batches: Type.Array(Batch) });
export const BatchReply = Type.Interface([Batch], {
  results: Type.Array(
    Type.Object({
      customer_id: Type.String(),
      company_name: Nullable(Type.String()),
      state: Type.String(),
      error_type: Nullable(Type.String()),
      note: Nullable(Type.String()),
    }),
  ),
});

/** A table for spreadsheets: a row for each customer of the batch. */
export const BatchTable = {
  description: 'A row for each customer, with a header.',
  content: { 'text/csv': { schema: { type: 'string' } } },
};
