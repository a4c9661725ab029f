import { SendEmailCommand } from '@aws-sdk/client-ses';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSesClient } from '../../../activities/email/ses-client.ts';

const TAKEN =
  '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>m</MessageId></SendEmailResult></SendEmailResponse>';

test('each mail has a connection of its own, though the server would keep one open', async () => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.setHeader('content-type', 'text/xml').end(TAKEN));
  });
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const ses = createSesClient({ region: 'us-east-1', sender: 'a@b.example', support: 'a@b.example', endpoint });
  ses.config.credentials = () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' });
  const Body = { Text: { Data: 'text' } };
  for (const Data of ['one', 'two', 'three'])
    await ses.send(
      new SendEmailCommand({
        ...{ Source: 'a@b.example', Destination: { ToAddresses: ['c@d.example'] } },
        Message: { Subject: { Data }, Body },
      }),
    );
  expect(connections).toBe(3);
  ses.destroy();
  server.close();
});
