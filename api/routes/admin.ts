import { listCustomers } from '../../infra/db/repositories/console.ts';
import type { App } from '../http/app-type.ts';
import { customerDetail } from '../support/customer-detail.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { DetailReply, ListQuery, ListReply } from '../schemas/admin.ts';
import { CustomerParams } from '../schemas/common.ts';
import { detailReply, rowReply } from './admin-replies.ts';

const PAGE = 25;
const config = { access: 'support', tags: ['admin'] } as const;

export function adminRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/admin/customers',
    operation('listCustomers', 'Customers, the newest first', {
      ...config,
      querystring: ListQuery,
      response: { 200: ListReply },
    }),
    async ({ query: { phase, attention, q, exact, cursor, limit } }) => {
      const query = { phase, attention, search: q || undefined, exact, after: cursor };
      const filter = { ...query, limit: Number(limit ?? PAGE) };
      const { customers, next } = await listCustomers(deps.database, filter);
      return { customers: customers.map(rowReply), next_cursor: next };
    },
  );
  app.get(
    '/api/admin/customers/:id',
    operation('showCustomer', 'Everything about one customer', {
      ...config,
      params: CustomerParams,
      response: { 200: DetailReply },
    }),
    async ({ params }) => detailReply(await customerDetail(deps, params.id)),
  );
}
