import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminDeleteUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { openPool, type Pool } from '../../../activities/identities/index.ts';
import { listening } from '../../../infra/listening.ts';
import { EMBEDDED_POOL } from '../../../infra/local-platform/identities/app.ts';
import { People } from '../../../infra/local-platform/identities/people.ts';
import { identitiesServer } from '../../../infra/local-platform/identities/server.ts';

let folder: string;
let people: People;
let server: Server;
let url: string;
let pool: Pool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenure-identities-'));
  people = await People.open(join(folder, 'people.json'));
  const provider = {
    callback: () => (_request: unknown, response: { end: (text: string) => void }) => {
      response.end('oidc');
    },
  };
  const options = { url: 'http://localhost', provider, people, api: '', hooks: { urls: [], secret: 'x' } };
  server = identitiesServer(options as never);
  url = `http://127.0.0.1:${String(await listening(server, 0, '127.0.0.1'))}`;
  pool = openPool({ id: EMBEDDED_POOL, region: 'xx-local-1' }, url);
  pool.client.config.credentials = () => Promise.resolve({ accessKeyId: 'local', secretAccessKey: 'local' });
});
afterAll(async () => {
  pool.client.destroy();
  server.close();
  await rm(folder, { recursive: true });
});

test('S2-6: the embedded issuer forgets whom the real client of Cognito deletes, and nobody else', async () => {
  const [ada, eve] = await Promise.all(
    ['ada', 'eve'].map((name) => people.add({ email: `${name}@app.example`, givenName: name, familyName: 'L' })),
  );
  const remove = (sub = '') => pool.client.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: sub }));
  await remove(ada?.sub);
  expect(people.all).toEqual([eve]);
  expect((await People.open(join(folder, 'people.json'))).all).toEqual([eve]);
  expect(await (await fetch(url)).text()).not.toContain('ada@app.example');
  for (const sub of [ada?.sub, 'nobody']) await expect(remove(sub)).rejects.toThrow('There is no such user.');
  expect(people.all).toEqual([eve]);
});

test('what a form of a page could send deletes nobody', async () => {
  const headers = { 'x-amz-target': 'AWSCognitoIdentityProviderService.AdminDeleteUser', 'content-type': 'text/plain' };
  const body = JSON.stringify({ Username: people.all[0]?.sub });
  expect(await (await fetch(url, { method: 'POST', headers, body })).text()).toBe('oidc');
  expect(people.all).toHaveLength(1);
});
