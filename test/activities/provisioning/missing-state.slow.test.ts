import { copyFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderOf, readCredentials } from '../../../infra/tenant-stacks/local/folder.ts';
import { tenantNames } from '../../../infra/tenant-stacks/spec.ts';
import type { StackOperation } from '../../../workflows/contract/stack.ts';
import {
  activitiesOf,
  addCustomer,
  arrange,
  get,
  operationOf,
  type Arrangement,
  type TestCustomer,
} from './support/arrangement.ts';

// A stack whose state is lost is not a new stack: its customer has an instance, and devices that hold its key.
let at: Arrangement;
let customer: TestCustomer;
beforeAll(async () => {
  at = await arrange();
});
afterAll(() => at.stop());
beforeEach(async () => {
  customer = await addCustomer(at.database);
  await apply('create');
});

const apply = (operation: StackOperation['operation'] = 'update', deps = at.deps) => {
  const { activities, run } = activitiesOf(deps);
  return run(activities.applyStack, operationOf(customer.customerId, operation));
};
const names = () => tenantNames(customer.customerId);
const folder = () => folderOf(at.deps.tenants.home, names().namespace);
const stateFile = () => join(at.folder, 'pulumi/.pulumi/stacks/tenure', `${names().stack}.json`);
const isServed = async () => {
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.checkInstance, customer);
};
const row = () =>
  at.database
    .selectFrom('customers')
    .innerJoin('stacks', 'stacks.customerId', 'customers.customerId')
    .select(['deploymentStatus', 'deploymentError', 'lastResult', 'status'])
    .where('customers.customerId', '=', customer.customerId)
    .executeTakeFirstOrThrow();
const devices = async (key: string): Promise<number> => {
  const host = `${customer.slug}.localhost:${String(at.gateway.port)}`;
  const headers = { host, authorization: `Bearer ${key}` };
  return (await get(at.gateway.port, host, '/api/devices', { headers })).status;
};

test('its update is refused and changes nothing; adopted, it is updated with the same device key and passwords', async () => {
  const before = await readCredentials(folder());
  await rm(stateFile());
  await expect(apply()).rejects.toMatchObject({ type: 'StateMissing', nonRetryable: true });
  expect(await row()).toMatchObject({ deploymentStatus: 'ready', lastResult: 'failed' });
  expect((await row()).deploymentError).toContain('tenure adopt-stack');
  expect(await readCredentials(folder())).toEqual(before);
  await isServed();

  await apply('adopt');
  expect(await row()).toMatchObject({ status: 'ready', deploymentStatus: 'ready', deploymentError: null });
  expect(await readCredentials(folder())).toEqual(before);
  await at.database
    .updateTable('customers')
    .set({ companyName: 'Renamed' })
    .where('customerId', '=', customer.customerId)
    .execute();
  await apply();
  expect(await readCredentials(folder())).toEqual({ ...before, company: 'Renamed' });
  await isServed();
  expect(await devices(before.deviceApiKey)).toBe(200);
});

test('adopted when the folder of the instance is gone, or its credentials are damaged, it has them again out of the state', async () => {
  const before = await readCredentials(folder());
  await rm(folder(), { recursive: true });
  await apply('adopt');
  expect(await readCredentials(folder())).toEqual(before);
  await isServed();

  await writeFile(join(folder(), 'credentials.json'), '{"half');
  await apply('adopt');
  expect(await readCredentials(folder())).toEqual(before);
  await isServed();
  expect(await devices(before.deviceApiKey)).toBe(200);
});

test("another tenant's credentials are none to adopt from", async () => {
  const own = folder();
  const before = await readCredentials(own);
  customer = await addCustomer(at.database);
  await apply('create');
  await copyFile(join(own, 'credentials.json'), join(folder(), 'credentials.json'));
  await apply('adopt');
  expect((await readCredentials(folder())).deviceApiKey).not.toBe(before.deviceApiKey);
  await isServed();
  await copyFile(join(own, 'credentials.json'), join(folder(), 'credentials.json'));
  await rm(stateFile());
  await expect(apply('adopt')).rejects.toMatchObject({ type: 'StateMissing' });
});

test('adopting is refused when what the instance holds is gone from both', async () => {
  await rm(stateFile());
  await rm(join(folder(), 'credentials.json'));
  await expect(apply('adopt')).rejects.toMatchObject({
    type: 'StateMissing',
    message: expect.stringContaining('or credentials.json, from a copy') as string,
  });
  expect(await readdir(folder())).not.toContain('credentials.json');
});

test('the stack of a customer who leaves is removed without it, and may be built again', async () => {
  await rm(stateFile());
  const { activities, run } = activitiesOf(at.deps);
  await run(activities.destroyStack, operationOf(customer.customerId, 'destroy'));
  await run(activities.verifyStackGone, customer);
  await apply('create');
  await isServed();
});

test('a preview of it makes no stack', async () => {
  await rm(stateFile());
  const { activities, run } = activitiesOf(at.deps);
  const asked = { customerId: customer.customerId, operation: 'update', trialBeginsAnew: false } as const;
  await expect(run(activities.previewStack, asked)).rejects.toMatchObject({ type: 'StateMissing' });
  expect(await readdir(join(stateFile(), '..'))).not.toContain(`${names().stack}.json`);
});

test('a backend that is not the one our stacks are in is refused before anything is touched', async () => {
  const before = await readCredentials(folder());
  const empty = await mkdtemp(join(at.folder, 'empty-'));
  const elsewhere = { ...at.deps, pulumi: { ...at.deps.pulumi, backendUrl: pathToFileURL(empty).href } };
  await expect(apply('update', elsewhere)).rejects.toMatchObject({ type: 'WrongBackend', nonRetryable: true });
  expect(await readdir(empty)).toEqual([]);
  const mark = join(at.folder, 'pulumi/tenure-backend.json');
  await rename(mark, `${mark}.aside`);
  await expect(apply()).rejects.toMatchObject({ type: 'WrongBackend' });
  await rename(`${mark}.aside`, mark);
  await apply();
  expect(await readCredentials(folder())).toEqual(before);
});
