import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SESClient, SendEmailCommand } from '@aws-sdk/client-ses';
import { startChild, type Running } from '../../../infra/processes/child.ts';
import { waitUntil } from '../../../infra/local-platform/wait-until.ts';
import { freePort } from '../../support/embedded.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-mail-'));
const data = join(folder, 'mails.jsonl');
const script = fileURLToPath(new URL('../../../infra/local-platform/mail/main.ts', import.meta.url));
let inbox: Running | undefined;
let url: string;

async function start(): Promise<void> {
  const port = await freePort();
  url = `http://127.0.0.1:${String(port)}`;
  const args = [script, '--port', String(port), '--data', data];
  const child = await startChild({ command: process.execPath, args, env: {}, logFile: join(folder, 'mail.log') });
  inbox = child;
  await waitUntil(async () => (await fetch(`${url}/health-check`)).ok, { what: 'the inbox', of: child });
}
afterEach(() => inbox?.stop());
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function send(subject: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SESClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
  await client.send(
    new SendEmailCommand({
      Source: 'hello@tenure.example',
      Destination: { ToAddresses: ['jo@acme.example'] },
      Message: { Subject: { Data: subject }, Body: { Text: { Data: 'Hello' } } },
    }),
  );
  client.destroy();
}

async function subjects(): Promise<string[]> {
  const response = await fetch(`${url}/store`);
  const { emails } = (await response.json()) as { emails: { subject: string }[] };
  return emails.map(({ subject }) => subject);
}

test('mails are kept from start to start, a kill in the middle of a line loses only that line', async () => {
  await start();
  await send('one');
  await send('two');
  await waitUntil(() => Promise.resolve(readFileSync(data, 'utf8').includes('two')), { what: 'the second mail' });
  await inbox?.stop();
  writeFileSync(data, `${readFileSync(data, 'utf8')}{"subject":"cut o`);
  await start();
  await expect(subjects()).resolves.toEqual(['one', 'two']);
  await send('three');
  await expect(subjects()).resolves.toEqual(['one', 'two', 'three']);
  await expect(fetch(url)).resolves.toHaveProperty('status', 200);
});
