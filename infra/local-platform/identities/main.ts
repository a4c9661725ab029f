import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answerOnlyLocalRequests } from '../answer-only-local-requests.ts';
import { People } from './people.ts';
import { openProvider } from './provider.ts';
import { identitiesServer } from './server.ts';

// The embedded issuer of identities: a real OpenID Connect server with a sign-up that calls the products' hooks.
const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: { port: string, data: string, 'secret-file': string, api: { ...string, multiple: true } },
});
const { port, data, 'secret-file': secretFile, api: apis = [] } = values;
if (port === undefined || data === undefined || secretFile === undefined)
  throw new Error('usage: main.ts --port <port> --data <folder> --secret-file <file> --api <url> …');

await mkdir(data, { recursive: true, mode: 0o700 });
const url = `http://localhost:${port}`;
const people = await People.open(join(data, 'people.json'));
const secret = (await readFile(secretFile, 'utf8')).trim();
const server = identitiesServer({
  ...{ url, people, provider: await openProvider(url, data, people), api: apis[0] ?? '' },
  hooks: { urls: apis.map((api) => `${api}/hooks/post-confirmation`), secret },
});
answerOnlyLocalRequests(server);
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
