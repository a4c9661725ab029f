import { DIFFERENCE_MEANINGS } from '../../workflows/domain/difference-meanings.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { showDifferences, type Differences } from '../support/differences.ts';
import { mendRecords } from '../support/mend-records.ts';
import { orderOf } from '../support/order.ts';
import { UNDER_WAY } from '../schemas/commands.ts';
import { CommandHeaders, CustomerParams } from '../schemas/common.ts';
import { DifferencesQuery, DifferencesReply, MendBody, MendReply } from '../schemas/differences.ts';
import { COMMAND_ERRORS } from '../http/plugins/operations.ts';

const differencesReply = ({ differences, more, comparedSince, stripeComparedSince }: Differences) => ({
  differences: differences.map(({ customerId, kind, details, firstSeen }) => {
    const { cause, suggestedFix } = DIFFERENCE_MEANINGS[kind];
    const told = { since: firstSeen.toISOString(), cause, suggested_fix: suggestedFix };
    return { customer_id: customerId, kind, details, ...told };
  }),
  more,
  compared_since: comparedSince?.toISOString() ?? null,
  stripe_compared_since: stripeComparedSince?.toISOString() ?? null,
});

/** Where Postgres, Temporal and Stripe say different things. */
export function adminDifferenceRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/admin/differences',
    {
      config: { access: 'support' },
      schema: {
        operationId: 'listDifferences',
        tags: ['admin'],
        summary: 'Where Postgres, Temporal and Stripe differ for longer than a minute',
        querystring: DifferencesQuery,
        response: { 200: DifferencesReply },
      },
    },
    async ({ query }) => differencesReply(await showDifferences(deps, query.customer)),
  );
  app.post(
    '/api/admin/customers/:id/mend',
    {
      config: { access: 'operator', errors: COMMAND_ERRORS },
      schema: {
        operationId: 'mendRecords',
        headers: CommandHeaders,
        tags: ['admin'],
        summary: 'Mend where Postgres, Temporal and Stripe differ, also of a customer who is unknown here',
        params: CustomerParams,
        body: MendBody,
        response: { 200: MendReply, ...UNDER_WAY },
      },
    },
    async (request) => {
      const { outcomes } = await mendRecords(deps, orderOf(request, request.params.id), request.body);
      return { outcomes: [...outcomes] };
    },
  );
}
