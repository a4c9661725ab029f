import { GatewayClient } from '../../../../../infra/tenant-stacks/local/gateway-client.ts';
import { TenureProvider } from '../../../../../infra/tenant-stacks/local/provider/provider.ts';
import { unwrap, wrap, type Properties } from '../../../../../infra/tenant-stacks/secret-values.ts';

const gateway = new GatewayClient({ url: 'http://127.0.0.1:1', token: 'x' });
const provider = new TenureProvider({ adminUrl: 'postgres://127.0.0.1:1/x', home: '/nowhere', gateway, maxTenants: 1 });
const CUSTOMER = 'cust_0b3f6f0e-6f2e-4a55-9d9e-0c6f7a1b2c3d';
const urn = (type: string): string => `urn:pulumi:stack::tenure::tenure:local:${type}::name`;

test('secrets are wrapped for the engine and unwrapped for us', () => {
  const wrapped = wrap({ a: 'plain', b: 'hidden', c: undefined }, ['b', 'c']);
  expect(wrapped['a']).toBe('plain');
  expect(wrapped['b']).toMatchObject({ value: 'hidden' });
  expect(unwrap(wrapped)).toEqual({ a: 'plain', b: 'hidden', c: undefined });
});

test('S1-8 generated secrets are 32 characters, never twice the same, and marked as secret', async () => {
  const created = await provider.create(urn('TenantSecrets'), { customerId: CUSTOMER });
  const outs = created.outs as Properties;
  expect(created.id).toBe(CUSTOMER);
  const plain = unwrap(outs);
  expect(String(plain['jwtSecret'])).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(String(plain['deviceApiKey'])).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(plain['jwtSecret']).not.toBe(plain['deviceApiKey']);
  expect(outs['jwtSecret']).toMatchObject({ value: plain['jwtSecret'] });
});

test.each<[string, Properties, Properties, object]>([
  [
    'nothing',
    { role: 'r', connections: 5, password: 'p' },
    { role: 'r', connections: 5 },
    { changes: false, replaces: [] },
  ],
  ['a limit', { role: 'r', connections: 5 }, { role: 'r', connections: 20 }, { changes: true, replaces: [] }],
  ['the name', { role: 'r', connections: 5 }, { role: 's', connections: 5 }, { changes: true, replaces: ['role'] }],
  [
    'a value not known yet',
    { role: 'r', connections: 5 },
    { role: 'r', connections: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' },
    { changes: true },
  ],
])('a changed input is a difference, a changed name another resource: %s', async (_what, olds, news, expected) => {
  expect(await provider.diff('r', urn('TenantRole'), olds, news)).toMatchObject(expected);
});

test('a database that was made when less was closed to tenants is updated, and stays the database it is', async () => {
  const made = { database: 'd', role: 'r' };
  const changed = await provider.diff('d', urn('TenantDatabase'), made, { ...made, closure: 1 });
  expect(changed).toMatchObject({ changes: true, replaces: [] });
});

test('a secret is compared by its value', async () => {
  const [olds, news] = [wrap({ role: 'r', connections: 1 }, ['connections']), { role: 'r', connections: 1 }];
  expect(await provider.diff('r', urn('TenantRole'), olds, news)).toMatchObject({ changes: false });
});

test('a resource without its name is refused', async () => {
  const { failures } = await provider.check(urn('TenantDatabase'), {}, { role: 'r', database: '' });
  expect(failures).toMatchObject([{ property: 'database' }]);
});

test('a server that does not answer is a typed failure without its address', async () => {
  const failed = provider.create(urn('TenantRole'), { role: 'r', connections: 1 });
  await expect(failed).rejects.toMatchObject({
    type: 'TenantDatabaseUnavailable',
    text: expect.not.stringContaining('127.0.0.1') as string,
  });
});

test('a type we do not have is refused', async () => {
  await expect(provider.create(urn('Bucket'), {})).rejects.toThrow('No resource type tenure:local:Bucket');
});
