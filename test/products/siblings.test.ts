import type { App } from '../../api/http/app-type.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import { createApiHarness, staff, type ApiHarness } from '../api/harness.ts';

// What the pages and the document of the API say is so for every product that Tenure comes with.
let harness: ApiHarness;
const apps = new Map<string, App>();
beforeAll(async () => {
  harness = await createApiHarness();
  for (const source of ['predixa', 'securebase', 'iotistic']) {
    const { profile, words, routes } = await openProduct({ source });
    apps.set(source, await harness.another({ profile, product: { words, routes, settings: {} } }));
  }
});
afterAll(() => harness.stop());

const of = (product: string): App => apps.get(product) as App;
const text = async (product: string, url: string) => {
  const { statusCode, body } = await of(product).inject({ url, headers: { accept: 'text/html' } });
  return [statusCode, /<main[^]*<\/main>/.exec(body)?.[0].replaceAll(/\s+/g, ' ') ?? ''] as const;
};
interface Document {
  readonly info: { readonly description: string };
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly summary: string }>>>
  >;
}
const documentOf = async (product: string) => (await of(product).inject('/docs/json')).json<Document>();

describe('where people sign in elsewhere, no page sends them to an account or a password of ours', () => {
  test('a used link to an API key says whom to ask', async () => {
    const [status, said] = await text('predixa', '/reveal/used');
    expect([status, said]).toEqual([410, expect.stringContaining('contact support') as string]);
    expect(said).not.toMatch(/account page|href="\/account/);
    expect((await text('iotistic', '/reveal/used'))[1]).toContain('href="/account"');
  });

  test.each([
    ['/forgot-password', 200],
    ['/set-password/old', 410],
  ])('%s', async (url, status) => {
    const [answered, said] = await text('predixa', url);
    expect([answered, said]).toEqual([status, expect.stringContaining('Continue in the Predixa app') as string]);
    expect(said).not.toMatch(/<form|href="\/(login|forgot-password)/);
  });
});

test('who paid first is told of no trial without a payment method, and of a landing zone that is no instance', async () => {
  const legal = (await text('securebase', '/terms'))[1] + (await text('securebase', '/privacy'))[1];
  expect(legal).not.toMatch(/instance|without a payment method/);
  expect(legal).toMatch(
    /your own landing zone[^]*You give a payment method when you sign up[^]*Your landing zone stays available/,
  );
  expect(legal).not.toContain('backup');
  expect((await text('iotistic', '/terms'))[1]).toContain('without a payment method');
});

describe('the document of the API', () => {
  const operationsOf = async (product: string): Promise<readonly string[]> =>
    Object.values((await documentOf(product)).paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
  const ELSEWHERE = [
    'signUp',
    'openCheckout',
    'verifyCheckout',
    'signIn',
    'signOut',
    'changePassword',
    'onboardCustomer',
  ];

  test('leaves out what its product has not', async () => {
    const [predixa, securebase, iotistic] = (await Promise.all([...apps.keys()].map(operationsOf))) as [
      readonly string[],
      readonly string[],
      readonly string[],
    ];
    const missing = [...ELSEWHERE, 'readDeploymentStatus'];
    expect(iotistic).toEqual(expect.arrayContaining(missing));
    expect(predixa.filter((id) => missing.includes(id))).toEqual([]);
    expect(missing.filter((id) => !securebase.includes(id))).toEqual(['signUp']);
    expect(predixa).toEqual(expect.arrayContaining(['readEntitlements', 'upgrade', 'deleteAccount']));
  });

  test('begins with what happens to a customer of this product', async () => {
    const begins = async (product: string) => (await documentOf(product)).info.description.split('\n')[0];
    expect(await begins('predixa')).toMatch(/^What the Predixa app asks/);
    expect(await begins('securebase')).toContain('Checkout, landing zone, trial');
    expect(await begins('iotistic')).toBe(
      'The life of a customer of Iotistic: signup, instance, trial, payment, cancellation.',
    );
    expect((await documentOf('predixa')).paths['/me/account']?.['delete']?.summary).not.toContain('password');
  });

  test.each([
    ['POST', '/api/customers/signup', { plan: 'gold' }],
    ['POST', '/api/customers/checkout', { plan: 'premium', email: 'a@example.com', company_name: 'Acme' }],
    ['POST', '/api/customers/checkout', {}],
    ['POST', '/api/admin/customers', { plan: 'starter' }],
  ] as const)('what is not in it is refused with its reason, whatever is sent: %s %s', async (method, url, payload) => {
    const headers = url.includes('admin') ? staff : {};
    const reply = await of('predixa').inject({ method, url, payload, headers });
    expect([reply.statusCode, reply.json()]).toMatchObject([409, { code: 'signs_up_elsewhere' }]);
    expect(await harness.count('prospects')).toBe(0);
  });
});

test('who is closed by support is not told that they asked for it', async () => {
  const { mails } = await openProduct({ source: 'predixa' });
  expect(JSON.stringify(mails['cancelled'])).toMatch(/^(?!.*request).*has been closed\. You will not be charged again/);
});

test('staff who create a customer are told of the link to a password, in whichever mail it is', async () => {
  const payload = { email: 'paper@acme.example', company_name: 'Acme', reason: 'Signed on paper.' };
  const reply = await of('securebase').inject({ method: 'POST', url: '/api/admin/customers', payload, headers: staff });
  expect([reply.statusCode, reply.json()]).toMatchObject([
    201,
    { message: 'The customer was created; a link to set the password is mailed to them.' },
  ]);
});
