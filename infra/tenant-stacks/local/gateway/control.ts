import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { clientErrorHandler, frameworkErrors } from '../../../http-refusals.ts';
import { MOST_CONNECTIONS } from '../../../http-connections.ts';
import { REQUEST_TIMEOUTS } from '../../../http-timeouts.ts';
import type { EndedSessions } from '../../target.ts';
import { InstanceNotReadyError, InstanceRefusedError } from './not-ready.ts';
import type { Supervisor } from './supervisor.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const PARAMS = {
  type: 'object',
  properties: { namespace: { type: 'string', pattern: '^customer-cust-[0-9a-f-]{36}$' } },
} as const;
const SIGN_OUT_BODY = {
  type: 'object',
  required: ['version', 'entries'],
  properties: {
    version: { type: 'integer', minimum: 1 },
    entries: { type: 'array', maxItems: 100, items: { type: 'string', format: 'uuid' } },
  },
} as const;
interface Route {
  Params: { namespace: string };
}
const NOT_FOUND = { error: 'not_found', message: 'There is no such instance.' };

function registerInstances(app: FastifyInstance, supervisor: Supervisor): void {
  const schema = { params: PARAMS };
  app.get('/instances', () => supervisor.list());
  app.get('/troubles', () => supervisor.troubles());
  app.get<Route>('/instances/:namespace', { schema }, ({ params }, reply) => {
    const known = supervisor.find(params.namespace);
    return known === undefined ? reply.code(404).send(NOT_FOUND) : reply.send(known.status);
  });
  app.put<Route>('/instances/:namespace', { schema }, async ({ params }, reply) => {
    const status = await supervisor.ensure(params.namespace);
    return status ?? reply.code(404).send(NOT_FOUND);
  });
  app.delete<Route>('/instances/:namespace', { schema }, async ({ params }, reply) => {
    await supervisor.remove(params.namespace);
    return reply.code(204).send();
  });
  app.post<Route & { Body: EndedSessions }>(
    '/instances/:namespace/sign-out',
    { schema: { ...schema, body: SIGN_OUT_BODY } },
    async ({ params, body }, reply) => {
      const known = supervisor.find(params.namespace);
      if (known === undefined) return reply.code(404).send(NOT_FOUND);
      await known.ask('signOut', body);
      return reply.code(204).send();
    },
  );
  app.get<Route>('/instances/:namespace/metrics', { schema }, async ({ params }, reply) => {
    const known = supervisor.find(params.namespace);
    return known === undefined ? reply.code(404).send(NOT_FOUND) : await known.ask('usage');
  });
}

/** The gateway's control API: on loopback only, and only for holders of the token. */
export function buildControl(supervisor: Supervisor, token: string): FastifyInstance {
  const app = Fastify({
    ...{ forceCloseConnections: true, http: REQUEST_TIMEOUTS },
    ...{ requestTimeout: REQUEST_TIMEOUTS.requestTimeout, clientErrorHandler, frameworkErrors },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  app.addHook('onRequest', (request, reply, done) => {
    const given = digest(request.headers.authorization ?? '');
    if (timingSafeEqual(given, digest(`Bearer ${token}`))) done();
    else void reply.code(401).send({ error: 'unauthorized', message: 'Send the control token.' });
  });
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    if (error instanceof InstanceRefusedError)
      return reply.code(422).send({ error: 'instance_refused', message: error.message });
    const code = error instanceof InstanceNotReadyError ? error.reason : 'instance_failed';
    return reply.code(error.statusCode ?? 503).send({ error: code, message: error.message });
  });
  registerInstances(app, supervisor);
  return app;
}
