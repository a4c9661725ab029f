import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { readTimeline } from '../../infra/db/repositories/timeline.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { explain } from '../support/explain.ts';
import { CustomerParams as params } from '../schemas/common.ts';
import { ExplainReply, TimelineReply } from '../schemas/insight.ts';

const config = { access: 'support', tags: ['admin'] } as const;

/** What happened to a customer, and why they are where they are. */
export function adminInsightRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/admin/customers/:id/timeline',
    operation('readTimeline', 'Everything that happened, oldest first', {
      ...config,
      params,
      response: { 200: TimelineReply },
    }),
    async ({ params: { id } }) => {
      if (!(await findCustomer(deps.database, id))) throw notFound('customer');
      const timeline = await readTimeline(deps.database, id);
      return {
        timeline: timeline.map(({ at, kind, what, who, why }) => ({ at: at.toISOString(), kind, what, who, why })),
      };
    },
  );
  app.get(
    '/api/admin/customers/:id/explain',
    operation('explainCustomer', 'Why, and what happens next', {
      ...config,
      params,
      response: { 200: ExplainReply },
    }),
    async ({ params: { id } }) => {
      const explanation = await explain(deps, id);
      return { ...explanation, next: [...explanation.next], failures: [...explanation.failures] };
    },
  );
}
