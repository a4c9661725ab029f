import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Journey } from './support/journey.ts';
import { Registrar } from './support/registrar.ts';

// A product beside a clone, which runs the sources themselves. Its customer's whole life is in package.slow.test.ts.
const journey = new Journey();
const registrar = new Registrar();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acme-'));
  await cp(fileURLToPath(new URL('support/acme', import.meta.url)), folder, { recursive: true });
  await journey.start({ TENURE_PRODUCT: folder, PRODUCT_REGISTRAR: await registrar.start() });
});
afterAll(async () => {
  await journey.stop();
  registrar.stop();
  await rm(folder, { recursive: true, force: true });
});

const fetched = async (path: string): Promise<string> => (await fetch(`${journey.run.api}${path}`)).text();

test('its pages have its name, colour and logo; its signup offers its plans at its prices', async () => {
  for (const path of ['/login', '/console/login', '/nowhere']) {
    const page = await fetch(`${journey.run.api}${path}`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toMatch(
      /· Acme Mail<\/title>[^]*brand\.css[^]*logo\.svg[^]*Acme Mail(?: · support console)?<\/a>/,
    );
  }
  expect(await fetched('/assets/brand.css')).toContain('#8a1c5b');
  expect(await fetched('/assets/logo.svg')).toContain('<svg');
  const page = await fetched('/signup');
  expect(page).toContain('Solo, €5 a month, 1 device');
  expect(page).toContain('Acme Mail');
});

test('a customer gets what its steps and its resource make', async () => {
  const { customerId, slug } = await journey.inTrial('Gwen');
  expect([...registrar.domains]).toEqual([slug]);
  expect(registrar.mailboxes.get(customerId)).toBe(`?address=${slug}&gigabytes=5`);
});
