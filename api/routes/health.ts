import { sql } from 'kysely';
import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import type { AppDeps } from '../deps.ts';

const PROBE_MS = 1_000;

/** What must answer before we can serve. */
const PARTS: Readonly<Record<string, (deps: AppDeps) => Promise<unknown>>> = {
  postgres: ({ database }) => sql`select 1`.execute(database),
  temporal: ({ temporal }) =>
    temporal.withDeadline(Date.now() + PROBE_MS, () => temporal.workflowService.getSystemInfo({})),
};

const within = (probe: Promise<unknown>): Promise<unknown> =>
  Promise.race([
    probe,
    new Promise((_, reject) => {
      setTimeout(() => {
        reject(new Error('no answer in time'));
      }, PROBE_MS).unref();
    }),
  ]);

async function missingParts(deps: AppDeps): Promise<string[]> {
  const probes = Object.entries(PARTS).map(async ([part, probe]) =>
    within(probe(deps)).then(
      () => [],
      () => [part],
    ),
  );
  return (await Promise.all(probes)).flat();
}

export function healthRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { tags: ['health'], summary: 'Alive', response: { 200: Type.Object({ status: Type.Literal('ok') }) } },
    },
    () => ({ status: 'ok' as const }),
  );
  const Ready = Type.Object({ ready: Type.Boolean(), missing: Type.Array(Type.String()) });
  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        tags: ['health'],
        summary: 'Able to serve; names what is missing',
        response: { 200: Ready, 503: Ready },
      },
    },
    async (_request, reply) => {
      const missing = await missingParts(deps);
      return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
    },
  );
}
