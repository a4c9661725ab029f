import { parseArgs } from 'node:util';
import inbox from 'aws-ses-v2-local';
import store from 'aws-ses-v2-local/dist/store.js';
import { answerOnlyLocalRequests } from '../answer-only-local-requests.ts';
import { storeFile } from './store-file.ts';
import { answerUnknownActions } from './unknown-actions.ts';

// The embedded mail inbox: Amazon SES's API, a viewer at `/`, and the mails as JSON at `/store`.
const { values } = parseArgs({ options: { port: { type: 'string' }, data: { type: 'string' } } });
if (values.port === undefined || values.data === undefined)
  throw new Error('usage: main.ts --port <port> --data <file>');

const file = storeFile<ReturnType<typeof store.getStoreReadonly>['emails'][number]>(values.data);
// They are loaded, not sent again: the package keeps its mails only in memory.
for (const mail of file.load()) store.saveEmail(mail);
const server = await inbox.default({ host: '127.0.0.1', port: Number(values.port) });
answerOnlyLocalRequests(server);
answerUnknownActions(server);
server.on('request', (request, response) => {
  if (request.method === 'POST')
    response.once('finish', () => {
      file.keep(store.getStoreReadonly().emails);
    });
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
