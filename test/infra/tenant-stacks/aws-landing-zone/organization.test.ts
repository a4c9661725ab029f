import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { chmod, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Organization } from '../../../../infra/tenant-stacks/aws-landing-zone/organization.ts';
import { awsLandingZoneTarget } from '../../../../infra/tenant-stacks/aws-landing-zone/target.ts';
import { SPEC, TENANTS } from '../support.ts';
import { ZONES } from './support.ts';

// A small server stands in for AWS Organizations, with the calls and errors of its documentation that are used here.

interface Account {
  readonly Id: string;
  readonly Email: string;
  State: string;
  readonly tags?: Readonly<Record<string, string>>;
}

let accounts: Account[] = [];
let failures: string[] = [];
let calls: string[] = [];

const ANSWERS: Readonly<Record<string, (input: Readonly<Record<string, string>>) => unknown>> = {
  ListAccounts({ NextToken = '0' }) {
    const at = Number(NextToken);
    const next = at + 1 < accounts.length ? { NextToken: String(at + 1) } : {};
    return { Accounts: accounts.slice(at, at + 1), ...next };
  },
  ListTagsForResource: ({ ResourceId }) => ({
    Tags: Object.entries(accounts.find(({ Id }) => Id === ResourceId)?.tags ?? {}).map(([Key, Value]) => ({
      ...{ Key, Value },
    })),
  }),
  CloseAccount({ AccountId }) {
    const found = accounts.find(({ Id }) => Id === AccountId);
    if (found) found.State = 'PENDING_CLOSURE';
    return {};
  },
};

const server = createServer((request, response) => {
  const call = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  void json(request).then((input) => {
    calls.push(call);
    const failure = failures.shift();
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.statusCode = failure === undefined ? 200 : 400;
    const body =
      failure === undefined ? ANSWERS[call]?.(input as never) : { __type: failure, message: 'of secret@x.example' };
    response.end(JSON.stringify(body));
  });
});

let organization: Organization;
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  organization = new Organization(ZONES, { endpoint, credentials });
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  [accounts, failures, calls] = [[], [], []];
});

const { customerId } = SPEC;
const ID = '0b3f6f0e6f2e4a559d9e0c6f7a1b2c3d';
const email = (mark = ''): string => `aws+${ID}${mark}@securebase.io`;
const OURS = { 'tenure:customer': customerId };

test('an account is found by its address, on whatever page of the list', async () => {
  expect(await organization.lookAt(customerId)).toEqual({ id: undefined, email: email() });
  accounts = [
    { Id: '1', Email: 'else@securebase.io', State: 'ACTIVE' },
    { Id: '2', Email: `aws+${'f'.repeat(32)}@securebase.io`, State: 'ACTIVE' },
    { Id: '3', Email: email('9'), State: 'ACTIVE' },
    { Id: '4', Email: email().replace('.io', '.io.example'), State: 'ACTIVE' },
    { Id: '5', Email: email(), State: 'ACTIVE' },
  ];
  expect(await organization.lookAt(customerId)).toEqual({ id: '5', email: email() });
});

test('one that was closed keeps its address: the next account of that customer gets another', async () => {
  accounts = [{ Id: '5', Email: email(), State: 'SUSPENDED' }];
  expect(await organization.lookAt(customerId)).toEqual({ id: undefined, email: email('.1') });
  accounts.push({ Id: '6', Email: email('.1'), State: 'PENDING_CLOSURE' });
  expect(await organization.lookAt(customerId)).toEqual({ id: undefined, email: email('.2') });
  accounts.push({ Id: '7', Email: email('.2'), State: 'ACTIVE' });
  expect(await organization.lookAt(customerId)).toEqual({ id: '7', email: email('.2') });
});

test('what a cut-off create has left is closed, once', async () => {
  accounts = [{ Id: '5', Email: email(), State: 'ACTIVE', tags: OURS }];
  await organization.closeAccount(customerId);
  await organization.closeAccount(customerId);
  expect(accounts[0]?.State).toBe('PENDING_CLOSURE');
  expect(calls.filter((call) => call === 'CloseAccount')).toHaveLength(1);
});

test.each([undefined, { 'tenure:customer': 'cust_another' }])(
  'an account with the tags %j is not closed: somebody else may have made it',
  async (tags) => {
    accounts = [{ Id: '5', Email: email(), State: 'ACTIVE', ...(tags && { tags }) }];
    await expect(organization.closeAccount(customerId)).rejects.toMatchObject({ type: 'StackDrift' });
    expect(accounts[0]?.State).toBe('ACTIVE');
  },
);

test('a call that AWS throttles is made again; what it refuses is told by its code alone', async () => {
  failures = ['TooManyRequestsException', 'TooManyRequestsException'];
  expect(await organization.lookAt(customerId)).toMatchObject({ id: undefined });
  failures = ['AccessDeniedException'];
  await expect(organization.lookAt(customerId)).rejects.toMatchObject({
    type: 'ProviderAuth',
    text: "AWS refused the provisioning worker: AccessDeniedException. Check its credentials and the landing zones' policy.",
  });
  failures = ['ConstraintViolationException'];
  await expect(organization.closeAccount(customerId)).rejects.toMatchObject({
    type: 'ProvisioningFailed',
    text: 'AWS answered ConstraintViolationException.',
  });
});

test('a worker without settings or provider makes nothing, and says what it lacks', async () => {
  const spec = { ...SPEC, region: 'us-east-1' };
  const none = awsLandingZoneTarget({ tenants: TENANTS });
  await expect(none.program(spec)).rejects.toMatchObject({
    type: 'InvalidSpec',
    text: expect.stringContaining('set AWS_LANDING_ZONE_PARENT') as string,
  });
  const folder = await mkdtemp(join(tmpdir(), 'tenure-zone-'));
  try {
    const plugin = join(folder, 'provider');
    const target = awsLandingZoneTarget({ tenants: TENANTS, landingZones: { ...ZONES, plugin } });
    await expect(target.prepare(folder)).rejects.toMatchObject({
      type: 'InvalidSpec',
      text: expect.stringContaining('docs/landing-zones.md') as string,
    });
    await writeFile(plugin, '');
    await chmod(plugin, 0o700);
    await target.prepare(folder);
    expect(await readlink(join(folder, 'pulumi-resource-aws'))).toBe(plugin);
  } finally {
    await rm(folder, { recursive: true });
  }
});
