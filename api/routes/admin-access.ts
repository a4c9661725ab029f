import { Type } from 'typebox';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { endStaffSessions } from '../../infra/db/repositories/sessions.ts';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';
import { actorOf } from '../plugins/access.ts';
import { WithReason } from '../schemas/commands.ts';
import { ERRORS } from '../schemas/common.ts';

const tags = ['admin'];

/** Who gets in: the sessions of the staff. */
export function adminAccessRoutes(app: App, { database }: AppDeps): void {
  app.post(
    '/api/admin/staff/sign-out',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'End every session of the staff; the tokens stay good',
        body: WithReason,
        response: { 200: Type.Object({ sessions_ended: Type.Integer() }), ...ERRORS },
      },
    },
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
