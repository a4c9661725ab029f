import {
  activitiesOf,
  addCustomer,
  arrange,
  get,
  operationOf,
  type Arrangement,
  type TestCustomer,
} from './support/arrangement.ts';

let at: Arrangement;
let customer: TestCustomer;
beforeAll(async () => {
  at = await arrange();
  customer = await addCustomer(at.database);
}, 60_000);
afterAll(() => at.stop(), 30_000);

const page = (path: string) => get(at.gateway.port, `${customer.slug}.localhost:${String(at.gateway.port)}`, path);

test('S1-10 create: the instance answers with the company, the rows say ready', async () => {
  const { activities, run } = activitiesOf(at.deps);
  const result = await run(activities.applyStack, operationOf(customer.customerId));
  expect(result.version).toBe(1);
  const { status, body } = await page('/');
  expect(status).toBe(200);
  expect(body).toContain('Acme &#60;&#38;&#62; Söhne');
  expect((await run(activities.applyStack, operationOf(customer.customerId, 'update'))).version).toBe(1);
  await run(activities.checkInstance, customer);
  await run(activities.destroyStack, operationOf(customer.customerId, 'destroy'));
  await run(activities.verifyStackGone, customer);
}, 60_000);
