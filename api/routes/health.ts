import { Type } from 'typebox';
import { licenceKeyProbe } from '../../infra/licence-key.ts';
import { postgresProbe, readinessOf, temporalProbe } from '../../infra/readiness.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';

export function healthRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/healthz',
    operation('isAlive', 'Liveness', {
      access: 'public',
      tags: ['health'],
      response: { 200: Type.Object({ status: Type.Literal('ok') }) },
    }),
    () => ({ status: 'ok' as const }),
  );
  const Ready = Type.Object({
    ready: Type.Boolean(),
    missing: Type.Array(Type.String()),
    parts: Type.Record(Type.String(), Type.String()),
  });
  const readiness = readinessOf({
    postgres: postgresProbe(deps.database),
    licence_key: licenceKeyProbe(deps.database, deps.licences.publicKeyPem),
    temporal: temporalProbe(deps.temporal, deps.config.temporal.namespace),
  });
  app.get(
    '/readyz',
    operation('isReady', 'Readiness, with what is missing and why', {
      access: 'public',
      tags: ['health'],
      response: { 200: Ready, 503: Ready },
    }),
    async (_request, reply) => {
      const { ready, missing, parts } = await readiness();
      return reply.code(ready ? 200 : 503).send({ ready, missing, parts });
    },
  );
}
