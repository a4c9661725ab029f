import { parseArgs } from 'node:util';
import httpProxy from '@fastify/http-proxy';
import Fastify from 'fastify';
import { answerOnlyLocalRequests } from '../answer-only-local-requests.ts';

// A proxy in front of Temporal's Web UI, which answers to any host name: everyone who reaches it can signal workflows.
const { values } = parseArgs({ options: { port: { type: 'string' }, upstream: { type: 'string' } } });
if (values.port === undefined || values.upstream === undefined)
  throw new Error('usage: main.ts --port <port> --upstream <url>');

const app = Fastify();
await app.register(httpProxy, { upstream: values.upstream });
await app.ready();
answerOnlyLocalRequests(app.server);
await app.listen({ port: Number(values.port), host: '127.0.0.1' });
process.once('SIGTERM', () => {
  app.server.closeAllConnections();
  void app.close();
});
