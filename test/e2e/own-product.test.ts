import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dryRunText } from '../../api/cli/print.ts';
import { eventually } from '../support/eventually.ts';
import { Journey } from './support/journey.ts';
import { Registrar } from './support/registrar.ts';

// A product that is not in this repository, with a step of its own, on the real engines.
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

test('from signup to paid to gone: its step fails, is previewed, corrected and replayed, and taken back in the end', async () => {
  registrar.taken.add('gwen');
  const gwen = await journey.signUp('Gwen');
  const { customerId } = gwen;
  await journey.until(gwen, ({ attention }) => attention === 'mailDomain', 'its step to be refused');
  const { failures } = await journey.support.explain(customerId);
  const cause = 'The mail domain is taken. Correct the slug, then replay.';
  expect(failures).toMatchObject([{ step: 'mailDomain', error_type: 'DomainTaken', cause }]);

  const replay = { from: 'failed', corrections: { slug: 'gwen-mail' } };
  const shown = await journey.support.dryRun(customerId, { ...replay, dry_run: true });
  expect(shown.will_run).toEqual(['stack', 'instanceHealth', 'readyMail', 'mailDomain', 'tipsMail']);
  expect(shown.own_steps).toEqual([
    { step: 'mailDomain', lines: ['register the mail domain'], note: null },
    { step: 'tipsMail', lines: ['send the mail "tips"'], note: null },
  ]);
  expect(dryRunText(shown)).toContain('change by mailDomain: 1\n    register the mail domain');
  expect(shown.stack?.lines).toContain('update mailbox (address)');
  expect([...registrar.domains]).toEqual([]);
  expect(registrar.mailboxes.get(customerId)).toBe('?address=gwen&gigabytes=5');
  await journey.support.command(customerId, 'replay', { ...replay, reason: 'the domain was taken' });
  await journey.until(gwen, ({ phase }) => phase === 'trial', 'the trial');
  expect([...registrar.domains]).toEqual(['gwen-mail']);
  expect(registrar.mailboxes.get(customerId)).toBe('?address=gwen-mail&gigabytes=5');
  expect(await gwen.read('/mail-domain')).toEqual({ domain: 'gwen-mail', plan: 'solo' });
  // A provider that answers an old key with its old answer would refuse for ever.
  expect(registrar.keys.at(-1)).not.toBe(registrar.keys[0]);

  await gwen.payByCard('4242424242424242');
  await journey.until(gwen, ({ phase }) => phase === 'subscription', 'the subscription');
  expect(await journey.world.paid(customerId)).toBe(500);
  const mails = await journey.world.inbox(gwen.email);
  for (const subject of ['Hello from Acme Mail', 'How to set up your mail program'])
    expect(mails.filter((mail) => mail === subject)).toEqual([subject]);
  expect(mails).not.toContain('Welcome to Acme Mail');

  await gwen.cancel('moving on');
  await eventually('the domain to be given up', () => Promise.resolve(registrar.domains.size === 0 || undefined));
  await eventually('the mailbox to be removed', () => Promise.resolve(registrar.mailboxes.size === 0 || undefined));
  await eventually(
    'the instance to be gone',
    async () => !(await journey.world.databaseExists(customerId)) || undefined,
  );
  await journey.advance(customerId, 40);
  await journey.until(gwen, ({ phase }) => phase === 'ended', 'the end');
});
