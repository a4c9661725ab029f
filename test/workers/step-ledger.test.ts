import { referencesIn, stepOf } from '../../workers/interceptors/step-ledger.ts';

const ID = 'cust_11111111-2222-3333-4444-555555555555';

test.each([
  ['stripeCustomer:run:1', `customer/${ID}`, { customerId: ID, step: 'stripeCustomer', epoch: 1, direction: 'run' }],
  ['stack:undo:12', `stack/${ID}`, { customerId: ID, step: 'stack', epoch: 12, direction: 'undo' }],
])('%s of %s is a step', (activityId, workflowId, step) => {
  expect(stepOf(activityId, workflowId)).toEqual(step);
});

test.each([
  ['1', `customer/${ID}`],
  ['stripeCustomer:run:', `customer/${ID}`],
  ['stripeCustomer:jump:1', `customer/${ID}`],
  ['stripeCustomer:run:1', 'replay-batch/1'],
  ['stripeCustomer:run:1', ''],
])('%j of %j is none', (activityId, workflowId) => {
  expect(stepOf(activityId, workflowId)).toBeUndefined();
});

test.each([
  [{ stripeCustomerId: 'cus_1' }, { stripeCustomerId: 'cus_1' }],
  [
    { namespace: 'customer-1', version: 2, instanceUrl: 'http://acme.localhost' },
    { namespace: 'customer-1', version: 2 },
  ],
  [{ email: 'ada@example.com' }, undefined],
  [{ version: { nested: 'ada@example.com' } }, undefined],
  [undefined, undefined],
  [null, undefined],
  ['cus_1', undefined],
])('of the result %j the ledger keeps %j', (result, output) => {
  expect(referencesIn(result)).toEqual(output);
});
