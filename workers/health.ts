import { createServer } from 'node:http';
import type { Worker } from '@temporalio/worker';
import { METRICS_TYPE, metricsText } from '../infra/metrics.ts';
import { listening } from '../infra/listening.ts';
import { readinessOf, type Probes } from '../infra/readiness.ts';

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** States in which a worker takes work, or ends in good order. */
const ALIVE = new Set(['INITIALIZED', 'RUNNING', 'STOPPING', 'DRAINING', 'DRAINED', 'STOPPED']);

/**
 * Answers `/healthz` (the worker has not failed) and `/readyz` (it runs, and what it needs answers) at that address, and `/metrics`
 * in Prometheus's format.
 * Without a port it does nothing.
 * @returns a function that closes the server
 */
export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number | undefined },
  worker: Pick<Worker, 'getState'>,
  probes: Probes,
): Promise<{ readonly port: number; close(): void }> {
  const readiness = readinessOf({
    worker: () => Promise.resolve(worker.getState() === 'RUNNING' ? undefined : `is ${worker.getState()}`),
    ...probes,
  });
  const paths: Readonly<Record<string, () => Promise<Answer>>> = {
    '/healthz': () => {
      const state = worker.getState();
      return Promise.resolve({ status: ALIVE.has(state) ? 200 : 503, body: { status: state } });
    },
    '/readyz': async () => {
      const body = await readiness();
      return { status: body.ready ? 200 : 503, body };
    },
  };
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      void metricsText().then((text) => response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text));
      return;
    }
    const answer = paths[request.url ?? '']?.() ?? Promise.resolve({ status: 404, body: {} });
    void answer.then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    });
  });
  if (port === undefined) return { port: 0, close: () => undefined };
  return {
    port: await listening(server, port, host),
    close: () => {
      server.close();
    },
  };
}
