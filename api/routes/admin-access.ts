import { Type } from 'typebox';
import { listApiKeys } from '../../infra/db/repositories/api-keys.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { endStaffSessions } from '../../infra/db/repositories/sessions.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { actorOf } from '../http/plugins/access.ts';
import { apiKeyReply, ApiKeysReply } from '../schemas/access.ts';
import { WithReason } from '../schemas/commands.ts';
import { CustomerParams as params } from '../schemas/common.ts';

const tags = ['admin'];

const support = { access: 'support' } as const;
const at = (command: string): string => `/api/admin/customers/:id/${command}`;

function keyRoutes(app: App, deps: AppDeps): void {
  app.get(
    at('api-keys'),
    operation('listCustomerApiKeys', "A customer's API keys", {
      ...support,
      tags,
      params,
      response: { 200: ApiKeysReply },
    }),
    async ({ params: { id } }) => {
      if (!(await findCustomer(deps.database, id))) throw notFound('customer');
      return { api_keys: (await listApiKeys(deps.database, id)).map(apiKeyReply) };
    },
  );
}

/** Access: customers' API keys, and staff sessions. */
export function adminAccessRoutes(app: App, deps: AppDeps): void {
  const { database } = deps;
  keyRoutes(app, deps);
  app.post(
    '/api/admin/staff/sign-out',
    operation('signOutStaff', 'End all staff sessions; the tokens stay valid', {
      access: 'operator',
      tags,
      body: WithReason,
      response: { 200: Type.Object({ sessions_ended: Type.Integer() }) },
    }),
    async (request) =>
      database.transaction().execute(async (db) => {
        const ended = await endStaffSessions(db);
        const details = { sessions: ended };
        const { reason } = request.body;
        await appendAudit(db, {
          ...{ customerId: null, actor: actorOf(request), action: 'staff.signed_out_all', reason, details },
        });
        return { sessions_ended: ended };
      }),
  );
}
