import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { productOf, shippedProducts } from '../../../infra/product/shipped.ts';

test('--product is the name of one that comes with Tenure, or else a path', () => {
  expect(shippedProducts()).toEqual(expect.arrayContaining(['iotistic', 'securebase', 'tenure']));
  expect([productOf('iotistic'), productOf('./iotistic'), productOf('product.ts')]).toEqual([
    'iotistic',
    resolve('iotistic'),
    resolve('product.ts'),
  ]);
});

test('npm start takes it, and says where it looked', async () => {
  const args = ['infra/local-platform/start.ts', '--product', 'nowhere'];
  const said = await new Promise<string>((done) => {
    execFile(process.execPath, args, (error, _out, problem) => {
      done(`${String(error?.code)} ${problem}`);
    });
  });
  expect(said).toContain(`1 TENURE_PRODUCT: there is no product.ts`);
  expect(said).toContain(`in ${resolve('nowhere')}.`);
});
