import { STACK_FAILURES, StackFailure, type StackFailureType } from '../../../infra/tenant-stacks/errors.ts';
import { openTarget } from '../../../infra/tenant-stacks/targets.ts';
import { RESERVED_SLUGS } from '../../../infra/input/slug.ts';
import { assertSpec, tenantNames, type TenantSpec } from '../../../infra/tenant-stacks/spec.ts';
import { SPEC, TENANTS } from './support.ts';

const INVALID = expect.objectContaining({ type: 'InvalidSpec' }) as Error;

test('names come from the id alone, and are valid where they are used', () => {
  const names = tenantNames(SPEC.customerId);
  expect(names).toEqual({
    stack: 'customer-cust-0b3f6f0e-6f2e-4a55-9d9e-0c6f7a1b2c3d',
    namespace: 'customer-cust-0b3f6f0e-6f2e-4a55-9d9e-0c6f7a1b2c3d',
    database: 'tenant_0b3f6f0e_6f2e_4a55_9d9e_0c6f7a1b2c3d',
    role: 'tenant_0b3f6f0e_6f2e_4a55_9d9e_0c6f7a1b2c3d',
  });
  expect(Math.max(names.stack.length, names.database.length)).toBeLessThanOrEqual(63);
});

test.each([
  'cust_x',
  'cust_0B3F6F0E-6F2E-4A55-9D9E-0C6F7A1B2C3D',
  `${SPEC.customerId}"; drop database x`,
  `../${SPEC.customerId}`,
  '',
])('an id that is not ours (%p) names nothing', (customerId) => {
  expect(() => tenantNames(customerId)).toThrow(INVALID);
});

const build = async (spec: TenantSpec) => openTarget(spec.target, { tenants: TENANTS }).program(spec);

test.each<[string, Partial<TenantSpec>]>([
  ['slug', { slug: '' }],
  ['slug', { slug: 'Acme' }],
  ['slug', { slug: 'a.b' }],
  ['slug', { slug: 'acme-' }],
  ['slug', { slug: 'x'.repeat(64) }],
  ...[...RESERVED_SLUGS].map(
    (slug) => ['reserved slug', { slug, host: `${slug}.localhost` }] as [string, Partial<TenantSpec>],
  ),
  ['host', { host: 'other.localhost' }],
  ['company', { companyName: ' ' }],
  ['licence', { licence: '' }],
  ['target', { target: 'constructor' }],
])('a spec with a bad %s is refused before anything is made: %j', async (_what, change) => {
  await expect(build({ ...SPEC, ...change })).rejects.toMatchObject({ type: 'InvalidSpec' });
});

test('a good spec passes', () => {
  expect(() => {
    assertSpec(SPEC);
  }).not.toThrow();
});

describe('a failure keeps its type on its way through the engine', () => {
  test.each(Object.keys(STACK_FAILURES) as StackFailureType[])('%s', (type) => {
    const thrown = new StackFailure(type);
    const printed = `error: rpc error: code = Unknown desc = ${thrown.message}\nerror: update failed\n`;
    expect(StackFailure.find(printed)).toMatchObject({ type, text: STACK_FAILURES[type].text });
  });

  test('a type nobody defined is no failure of ours', () => {
    expect(StackFailure.find('[tenure:toString] x')).toBeUndefined();
    expect(StackFailure.find('error: something else')).toBeUndefined();
  });
});
