import { defineProduct, defineResource, refuse, type OwnResource } from '../../../../infra/product/index.ts';
import { StackFailure } from '../../../../infra/tenant-stacks/errors.ts';
import { ProductProvider } from '../../../../infra/tenant-stacks/own/provider.ts';
import { unwrap, type Properties } from '../../../../infra/tenant-stacks/secret-values.ts';
import { tenure } from '../../../support/default-product.ts';

// The engine itself, with a resource of a product's own, is in test/e2e/package.slow.test.ts.
const URN = 'urn:pulumi:stack::tenure::product:index:bucket::bucket';
const there = new Map<string, string>();
let fails: Error | null = null;

const bucket = defineResource({
  name: 'bucket',
  inputs: ({ plan }) => ({ size: plan === 'starter' ? 1 : 9 }),
  create({ customerId, inputs, settings }) {
    if (fails) return Promise.reject(fails);
    there.set(customerId, String(inputs['size']));
    return Promise.resolve({ token: 'top-secret', at: settings['PRODUCT_AT'] });
  },
  exists: ({ customerId }) => Promise.resolve(there.has(customerId)),
  update({ customerId, inputs, outputs }) {
    there.set(customerId, String(inputs['size']));
    return Promise.resolve(outputs);
  },
  delete({ customerId }) {
    there.delete(customerId);
    return Promise.resolve();
  },
});
const provider = new ProductProvider([bucket], { PRODUCT_AT: 'somewhere' });
const wanted = (size: number) => ({ customerId: 'cust_1', size });
beforeEach(() => {
  there.clear();
  fails = null;
});

test('it is made, read, changed and removed; what it told is a secret of the state', async () => {
  const { id, outs } = (await provider.create(URN, wanted(1))) as { readonly id: string; readonly outs: Properties };
  expect(id).toBe('bucket/cust_1');
  expect(JSON.stringify({ ...outs, outputs: null })).not.toContain('top-secret');
  expect(outs['outputs']).toMatchObject({ value: '{"token":"top-secret","at":"somewhere"}' });
  expect((await provider.read(id, URN, outs)).id).toBe(id);
  expect(await provider.diff(id, URN, outs, wanted(1))).toMatchObject({ changes: false });
  expect(await provider.diff(id, URN, outs, wanted(9))).toMatchObject({ changes: true, replaces: [] });
  const { outs: changed } = (await provider.update(id, URN, outs, wanted(9))) as { readonly outs: Properties };
  expect([there.get('cust_1'), unwrap(changed)['outputs']]).toEqual(['9', unwrap(outs)['outputs']]);
  there.clear();
  expect((await provider.read(id, URN, outs)).id).toBe('');
  await provider.create(URN, wanted(9));
  await provider.delete(id, URN, outs);
  expect(there.size).toBe(0);
});

test('what it refuses is told in its words; what else it throws is told to nobody but the log', async () => {
  fails = refuse('Full', 'There is no room left.');
  await expect(provider.create(URN, wanted(1))).rejects.toMatchObject({
    type: 'InvalidSpec',
    text: 'There is no room left.',
  });
  fails = new Error('ada@acme.example is blocked');
  const failure = await provider.create(URN, wanted(1)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StackFailure);
  expect((failure as StackFailure).message).not.toContain('ada@');
  expect(failure).toMatchObject({ type: 'ProvisioningFailed' });
});

test('one that the product has no more says what to do', async () => {
  const gone = new ProductProvider([], {}).delete('bucket/cust_1', URN, wanted(1));
  await expect(gone).rejects.toThrow('Put it back into its stack, with retired: true.');
});

const product = (stack: readonly OwnResource[]) => () =>
  defineProduct({ name: 'shop', brand: { name: 'Shop' }, plans: tenure.plans, stack });

test.each([
  ['an invalid name', { ...bucket, name: 'a b' }, '"a b" is not a valid name'],
  ['inputs that throw', { ...bucket, inputs: () => (undefined as never as { x: { y: never } }).x.y }, 'inputs throws'],
  ['no inputs', { ...bucket, inputs: () => null as never }, 'must give an object'],
  [
    'inputs that are waited for',
    { ...bucket, inputs: (() => Promise.resolve({ a: 1 })) as never },
    'inputs must not be async',
  ],
  [
    'inputs that are waited for and fail',
    { ...bucket, inputs: (() => Promise.reject(new Error('away'))) as never },
    'inputs must not be async',
  ],
  [
    'an input that is waited for',
    { ...bucket, inputs: () => ({ size: Promise.resolve(5) }) as never },
    'inputs.size is a promise',
  ],
  ['an input of another meaning', { ...bucket, inputs: () => ({ outputs: 1 }) }, '"outputs" means something else'],
  ['no way to remove it', { ...bucket, delete: undefined as never }, 'delete must be a function'],
])('a product with a resource that is wrong is refused: %s', (_what, wrong, text) => {
  expect(product([wrong])).toThrow(text);
});

test('two resources of one name are refused', () => {
  expect(product([bucket, bucket])).toThrow('two are named "bucket"');
});
