import { html } from 'ghtml';
import { contrast, type Brand } from '../../workflows/domain/profiles/brand.ts';
import type { App } from '../../api/http/app-type.ts';
import { createApiHarness, staffSession, type ApiHarness } from './harness.ts';

const HOSTILE = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>';
const brand: Brand = { name: 'Müller & <Söhne>', colour: '#8a1c5b', logo: 'logo.svg' };

let harness: ApiHarness;
let app: App;
beforeAll(async () => {
  harness = await createApiHarness();
  const logo = { type: 'image/svg+xml', bytes: Buffer.from(HOSTILE) };
  app = await harness.another({ profile: { ...harness.deps.profile, brand }, logo });
});
afterAll(() => harness.stop());

const page = (url: string, headers: object = {}) =>
  app.inject({ url, headers: { accept: 'text/html', ...headers } }).then(({ body }) => body);
const SHOWN = html`${brand.name}`;

test.each(['/', '/login', '/forgot-password', '/terms', '/privacy', '/nowhere', '/set-password/x'])(
  '%s says the name, shows the logo and has the colour',
  async (url) => {
    const body = await page(url);
    expect(body).toMatch(new RegExp(`<title>[^<]+ · ${SHOWN}</title>`));
    expect(body).toContain(`class="brand"><img src="/assets/logo.svg" alt="" />${SHOWN}</a>`);
    expect(body).toContain('<link rel="stylesheet" href="/assets/brand.css" />');
    expect(body).not.toMatch(/Tenure</);
  },
);

test('the console says whose it is', async () => {
  const bodies = [await page('/console/login'), await page('/console', await staffSession(harness, 'support'))];
  for (const body of bodies) expect(body).toContain(`${SHOWN} · support console</a>`);
});

test('a brand of a name alone asks for nothing more', async () => {
  const body = (await harness.app.inject('/')).body;
  expect(body).toContain('class="brand">Tenure</a>');
  expect(body).not.toMatch(/brand\.css|logo/);
  expect((await harness.app.inject('/assets/brand.css')).statusCode).toBe(404);
});

test('a logo is what it says it is, can do nothing, and is asked for once', async () => {
  const { headers, body } = await app.inject('/assets/logo.svg');
  expect(body).toBe(HOSTILE);
  expect(headers).toMatchObject({ 'content-type': 'image/svg+xml', 'x-content-type-options': 'nosniff' });
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';.* sandbox$/);
  const etag = String(headers.etag);
  const again = await app.inject({ url: '/assets/logo.svg', headers: { 'if-none-match': etag } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test.each(['#000000', '#8a1c5b', '#0b5fa5', '#006400'])('%s is readable in both themes', async (colour) => {
  const dark = await harness.another({ profile: { ...harness.deps.profile, brand: { ...brand, colour } } });
  const { headers, body } = await dark.inject('/assets/brand.css');
  expect(headers['content-type']).toBe('text/css; charset=utf-8');
  const [onLight = '', onDark = ''] = [...body.matchAll(/--pico-primary: (.*);/g)].map(([, found]) => found ?? '');
  expect(onLight).toBe(colour);
  expect(contrast(onDark, '#13171f')).toBeGreaterThan(4.5);
  expect(body.match(new RegExp(`--pico-primary-background: ${colour};`, 'g'))).toHaveLength(2);
});
