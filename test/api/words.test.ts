import { defineProduct, type Words } from '../../infra/product/index.ts';
import type { App } from '../../api/http/app-type.ts';
import { tenure } from '../support/default-product.ts';
import { freemium } from '../support/freemium.ts';
import { createApiHarness, goodSignup, type ApiHarness } from './harness.ts';

const words: Words = {
  signup: { message: 'Welcome aboard!', nextSteps: ['Read the mail'] },
  legal: { terms: [{ heading: 'Fair <use>', paragraphs: ['Be nice.', 'Pay in time.'] }] },
};

let harness: ApiHarness;
let spoken: App;
let bare: App;
beforeAll(async () => {
  harness = await createApiHarness();
  spoken = await harness.another({ product: { routes: [], settings: {}, words } });
  const steps = freemium.steps.filter(({ part }) => part !== 'instance');
  bare = await harness.another({ profile: { ...freemium, steps } });
});
afterAll(() => harness.stop());

const signUp = async (app: App) =>
  (await app.inject({ method: 'POST', url: '/api/customers/signup', payload: goodSignup() })).json<
    Record<string, unknown>
  >();
const text = async (app: App, url: string): Promise<string> =>
  (await app.inject({ url, headers: { accept: 'text/html' } })).body.replaceAll(/\s+/g, ' ');

test('a signup is answered in the words of the product, and in those of Tenure where it has none', async () => {
  expect(await signUp(spoken)).toMatchObject({
    ...{ message: 'Welcome aboard!', next_steps: ['Read the mail'], deployment: { estimated_time: '2-3 minutes' } },
  });
});

test("legal texts are the product's own, escaped; what it does not say stays as it is", async () => {
  const terms = await text(spoken, '/terms');
  for (const part of ['<h2>Fair &#60;use&#62;</h2>', '<p>Be nice.</p>', '<p>Pay in time.</p>'])
    expect(terms.replaceAll('&lt;', '&#60;').replaceAll('&gt;', '&#62;')).toContain(part);
  expect(terms).not.toContain('The trial is free');
  expect(await text(spoken, '/privacy')).toContain('What we do not keep');
});

test('where customers have no instance nobody is promised one; a free plan is said to follow the trial', async () => {
  expect(await signUp(bare)).toMatchObject({ message: 'Account created successfully!', deployment: null });
  const [terms, privacy] = [await text(bare, '/terms'), await text(bare, '/privacy')];
  expect(`${terms}${privacy}${await text(bare, '/')}`).not.toMatch(/instance|backup is kept/i);
  expect(terms).toContain('you move to the free plan');
});

test.each<readonly [string, Words, string]>([
  ['an empty message', { signup: { message: ' ' } }, 'words.signup.message is empty'],
  ['an empty step', { signup: { nextSteps: [''] } }, 'words.signup.nextSteps: each needs some text'],
  ['no terms', { legal: { terms: [] } }, 'words.legal.terms is empty'],
  ['an empty part', { legal: { privacy: [{ paragraphs: [] }] } }, 'words.legal.privacy[0].paragraphs'],
  ['an unknown member', { legal: { imprint: [] } } as never, 'words.legal.imprint: there is no such member'],
])('a product whose words are wrong is refused: %s', (_what, wrong, problem) => {
  const define = () => defineProduct({ name: 'shop', brand: { name: 'Shop' }, plans: tenure.plans, words: wrong });
  expect(define).toThrow(problem);
});
