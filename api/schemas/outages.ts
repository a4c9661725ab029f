import { Type } from 'typebox';
import { Instant, Nullable } from './common.ts';

const Attempts = Type.Integer({ description: 'Of the work that was tried most often.' });
const NextTry = Type.String({ format: 'date-time', description: 'When something of it is tried next.' });

export const OutagesReply = Type.Object({
  outages: Type.Array(
    Type.Object({
      waits_for: Type.String({ description: 'The service that does not respond.' }),
      error_type: Type.String(),
      cause: Type.String(),
      suggested_fix: Type.String(),
      since: Instant,
      ended_at: Nullable(Instant),
      customers_at_most: Type.Integer({ description: 'The most customers it has held up at the same time.' }),
      customers_now: Type.Integer(),
      attempts: Attempts,
      next_try_at: Nullable(NextTry),
      held_up: Type.Array(
        Type.Object({ customer_id: Type.String(), since: Instant, attempts: Attempts, next_try_at: NextTry }),
        { description: 'Those who have waited longest first; 25 at most.' },
      ),
    }),
    { description: 'What has lasted for two minutes, open ones first.' },
  ),
});
