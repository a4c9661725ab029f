import type { FastifyReply, FastifyRequest } from 'fastify';
import { listCustomers } from '../../infra/db/repositories/console.ts';
import { openDifferenceAlerts } from '../../infra/db/repositories/differences.ts';
import { openOutages } from '../../infra/db/repositories/outages.ts';
import { STAFF_SUBJECT } from '../../infra/db/repositories/trusted-devices.ts';
import { PHASES } from '../../workflows/domain/lifecycle.ts';
import { closeSessions, openSession } from '../accounts/sessions.ts';
import { roleOfToken, staffActor } from '../accounts/staff-tokens.ts';
import { HOW_TO_START } from '../../infra/program-file.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { askerOf, whenceOf } from '../accounts/devices.ts';
import { guessStaffToken } from '../accounts/guessing.ts';
import { auditSignIn } from '../accounts/sign-in-audit.ts';
import type { ErrorBody } from '../http/errors.ts';
import type { Static } from 'typebox';
import { consoleBatches } from './console-batches.ts';
import { consoleCustomer } from './console-customer.ts';
import { consoleDifferences } from './console-differences.ts';
import { consoleEvents } from './console-events.ts';
import { afterSignIn, NextQuery } from './next.ts';
import { consoleOutages } from './console-outages.ts';
import { EmptyForm, ListFilter, TokenForm } from './form-schemas.ts';
import type { Stream } from './live.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { consolePage, customerTable } from './views/console-list.ts';
import { staffLoginPage } from './views/login.ts';
import { namesOf } from '../../workflows/domain/steps.ts';

const PAGE = 25;
const open = { access: 'public', page: true } as const;
const staff = { access: 'support', page: true } as const;
const schema = { hide: true };

const WRONG: ErrorBody = {
  error: 'Invalid staff token',
  message: `That token is not valid. ${HOW_TO_START} prints the operator token.`,
  code: 'invalid_credentials',
  problems: [],
};

function signIn(app: App, deps: AppDeps): void {
  app.get('/console/login', { config: open, schema: { ...schema, querystring: NextQuery } }, (request, reply) =>
    sendPage(reply, staffLoginPage({ csrf: csrfFor(deps, request, reply), next: request.query.next })),
  );
  app.post('/console/login', { config: open, schema: { ...schema, body: TokenForm } }, async (request, reply) => {
    const { token: tried, name, next } = request.body;
    const guess = await guessStaffToken(deps.database, await whenceOf(deps, askerOf(deps, request), STAFF_SUBJECT));
    const staffRole = roleOfToken(deps, tried);
    const { ip } = request;
    if (!staffRole) {
      const failed = { customerId: null, actor: 'visitor', ip, details: { name } };
      await auditSignIn(deps, { ...failed, action: 'staff.sign_in_failed' });
      void reply.code(401);
      return sendPage(reply, staffLoginPage({ csrf: csrfFor(deps, request, reply), name, next, error: WRONG }));
    }
    await guess.wasRight();
    const { token } = await openSession(deps, request, reply, { staffRole });
    const signedIn = { customerId: null, actor: staffActor(token), ip, details: { name, role: staffRole } };
    await auditSignIn(deps, { ...signedIn, action: 'staff.signed_in' });
    return seeOther(reply, afterSignIn(next, '/console'));
  });
  app.post('/console/logout', { config: open, schema: { ...schema, body: EmptyForm } }, async (request, reply) => {
    await closeSessions(deps, request, reply, 'staff');
    return seeOther(reply, '/console/login');
  });
}

/** Shows the customers a filter lets through; htmx asks for the table alone. */
async function showList(
  deps: AppDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { cursor, q = '', attention = '', ...rest }: Static<typeof ListFilter>,
  error?: ErrorBody,
): Promise<FastifyReply> {
  const phase = PHASES.find((known) => known === rest.phase);
  const wanted = { phase, attention: attention || undefined, search: q || undefined, after: cursor || undefined };
  const [page, outages, differences] = await Promise.all([
    listCustomers(deps.database, { ...wanted, limit: PAGE }),
    openOutages(deps.database),
    openDifferenceAlerts(deps.database),
  ]);
  const view = {
    page,
    outages,
    differences,
    steps: namesOf(deps.profile.steps),
    filter: { phase: phase ?? '', attention, q },
    csrf: csrfFor(deps, request, reply),
    error,
  };
  return sendPage(reply, request.headers['hx-request'] === undefined ? consolePage(view) : customerTable(view));
}

export function consolePages(app: App, deps: AppDeps, stream: Stream): void {
  signIn(app, deps);
  app.get('/console', { config: staff, schema: { ...schema, querystring: ListFilter } }, (request, reply) =>
    showList(deps, request, reply, request.query),
  );
  consoleCustomer(app, deps, stream);
  consoleDifferences(app, deps);
  consoleEvents(app, deps);
  consoleOutages(app, deps);
  consoleBatches(app, deps, (request, reply, filter, error) => showList(deps, request, reply, filter, error));
}
