import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { showDifferences } from '../support/differences.ts';
import { ApiError } from '../http/errors.ts';
import { mend } from '../support/commands/mend.ts';
import { commandRequestOf } from '../support/command-request.ts';
import { CustomerParams as params } from '../schemas/common.ts';
import { UnderWay } from '../support/under-way.ts';
import { asApiBody } from './as-api-body.ts';
import { DONE } from './console-commands.ts';
import { bodyOf } from './console-typed.ts';
import { ConsoleForm, DoneQuery } from './form-schemas.ts';
import { csrfFor, roleOf, seeOther, sendPage } from './scope.ts';
import { differencesPage, type DifferencesView } from './views/console-differences.ts';

const PAGE = '/console/differences';

/** The page of all customers about whom Postgres, Temporal and Stripe disagree. */
export function consoleDifferences(app: App, deps: AppDeps): void {
  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    happened: Pick<DifferencesView, 'mended' | 'done' | 'error'>,
  ): Promise<FastifyReply> {
    const found = await showDifferences(deps);
    const csrf = csrfFor(deps, request, reply);
    return sendPage(reply, differencesPage({ ...found, csrf, role: roleOf(request), ...happened }));
  }

  const support = { access: 'support', page: true } as const;
  const operator = { access: 'operator', page: true } as const;
  app.get(PAGE, { config: support, schema: { hide: true, querystring: DoneQuery } }, (request, reply) =>
    show(request, reply, { done: DONE[request.query.done ?? ''] }),
  );
  app.get(`${PAGE}/:id/mend`, { config: support, schema: { hide: true, params } }, (_request, reply) =>
    seeOther(reply, PAGE),
  );
  // Here and not on the customer's page: an unknown customer has none.
  app.post(
    `${PAGE}/:id/mend`,
    { config: operator, schema: { hide: true, params, body: ConsoleForm } },
    async (request, reply) => {
      const { body: typed } = request;
      const { id: customerId } = request.params;
      try {
        const meant = asApiBody(request, mend.body, bodyOf(mend, typed, customerId));
        const mended = await mend.run(deps, commandRequestOf(request, customerId, typed.key || undefined), meant);
        return await show(request, reply, { mended: { customerId, ...mended } });
      } catch (error) {
        if (error instanceof UnderWay) return seeOther(reply, `${PAGE}?done=under-way`);
        if (!(error instanceof ApiError)) throw error;
        return show(request, reply.code(error.statusCode), { error: error.body });
      }
    },
  );
}
