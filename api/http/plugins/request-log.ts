import type { App } from '../app-type.ts';

const QUIET = ['/healthz', '/readyz', '/assets/*'];

/** One line for each request: pattern, status, time. No address, no query, no person. */
export function requestLog(app: App): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!QUIET.includes(route))
      request.log.info(
        { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'request',
      );
    done();
  });
}
