import { Type } from 'typebox';
import { DIFFERENCE_KINDS } from '../../workflows/domain/differences.ts';
import { Closed, CustomerId, Instant, Nullable, OneOf } from './common.ts';

export const DifferencesQuery = Closed({ customer: Type.Optional(CustomerId) });

export const DifferencesReply = Type.Object({
  differences: Type.Array(
    Type.Object({
      customer_id: Type.String({ description: 'Empty when it is about no customer in particular.' }),
      kind: OneOf(DIFFERENCE_KINDS),
      details: Type.String({ description: 'What each system says.' }),
      since: Instant,
      cause: Type.String(),
      suggested_fix: Type.String(),
    }),
  ),
  more: Type.Boolean({ description: 'Whether there are more than are listed.' }),
  compared_since: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'Postgres and Temporal were compared with each other, every customer and every open workflow, after this instant; null before that.',
    }),
  ),
  stripe_compared_since: Nullable(
    Type.String({
      format: 'date-time',
      description: 'Every customer was compared with Stripe after this instant; null before that.',
    }),
  ),
});
