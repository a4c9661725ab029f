import { DIFFERENCE_MEANINGS } from '../../workflows/domain/difference-meanings.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { showDifferences, type Differences } from '../support/differences.ts';
import { DifferencesQuery, DifferencesReply } from '../schemas/differences.ts';

const differencesReply = ({ differences, more, comparedSince, stripeComparedSince }: Differences) => ({
  differences: differences.map(({ customerId, kind, details, firstSeen }) => {
    const { cause, suggestedFix } = DIFFERENCE_MEANINGS[kind];
    const fields = { since: firstSeen.toISOString(), cause, suggested_fix: suggestedFix };
    return { customer_id: customerId, kind, details, ...fields };
  }),
  more,
  compared_since: comparedSince?.toISOString() ?? null,
  stripe_compared_since: stripeComparedSince?.toISOString() ?? null,
});

/** Where Postgres, Temporal and Stripe disagree. */
export function adminDifferenceRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/admin/differences',
    operation('listDifferences', 'Where Postgres, Temporal and Stripe differ for longer than a minute', {
      access: 'support',
      tags: ['admin'],
      querystring: DifferencesQuery,
      response: { 200: DifferencesReply },
    }),
    async ({ query }) => differencesReply(await showDifferences(deps, query.customer)),
  );
}
