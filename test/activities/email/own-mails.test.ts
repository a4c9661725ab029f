import { createMailer, type Mailer } from '../../../activities/email/mailer.ts';
import { createSesClient } from '../../../activities/email/ses-client.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { findEmail, type EmailClaim } from '../../../infra/db/repositories/emails.ts';
import { defineMail, type Mail } from '../../../infra/product/define-mail.ts';
import { createDatabase } from '../../support/embedded.ts';
import { Inbox } from '../../support/lifecycle-inbox.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';
import { tenure } from '../../support/default-product.ts';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
let inbox: Inbox;
let mailer: Mailer;
const mails: Record<string, Mail> = {
  trialExpired: defineMail({ subject: 'It is over', paragraphs: ['Upgrade, or leave.'] }),
  tips: defineMail({
    subject: ({ customer }) => `Tips for ${customer.companyName ?? 'nobody'}`,
    paragraphs: ['Read them.'],
    actions: [{ label: 'Read', url: 'https://acme.example/tips' }],
  }),
};
const product = { profile: { ...tenure, brand: { name: 'Acme' } }, mails };

function mailerOf(of: typeof product): Mailer {
  const mail = { region: 'us-east-1', sender: 'a@acme.example', support: 's@acme.example', endpoint: inbox.url };
  const ses = createSesClient(mail);
  ses.config.credentials = () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' });
  return createMailer({ ...{ database, ses, mail }, publicUrl: 'http://localhost:3100', products: [of] });
}
beforeAll(async () => {
  [stored, inbox] = await Promise.all([createDatabase(), Inbox.start()]);
  database = openDatabase(stored.url);
  mailer = mailerOf(product);
});
afterAll(async () => {
  await inbox.close();
  await database.destroy();
  await stored.drop();
});

test('a product’s own mail goes out once, and its own text of one of the core’s', async () => {
  const { customerId, email } = await addSignup(database);
  for (const mail of ['tips', 'tips', 'trialExpired'])
    await mailer.sendToCustomer(mail, { customerId, key: `${customerId}:${mail}` });
  const sent = (await inbox.to(email)).map(({ subject }) => subject).sort();
  expect(sent).toEqual(['It is over', expect.stringMatching(/^Tips for (?!nobody)/)]);
});

test('a product’s mails are for its own customers', async () => {
  const { customerId, email } = await addSignup(database);
  const others = mailerOf({ ...product, profile: { ...product.profile, name: 'acme' } });
  await others.sendToCustomer('trialExpired', { customerId, key: `${customerId}:trialExpired` });
  expect((await inbox.to(email)).map(({ subject }) => subject)).toEqual(['Trial expired - upgrade to continue']);
});

test('what a stranger typed is not told to a product’s welcome mail', async () => {
  const { customerId, email } = await addSignup(database);
  mails['welcome'] = defineMail({
    subject: ({ customer }) => JSON.stringify([customer.companyName, customer.slug, customer.instanceUrl]),
    paragraphs: ['Welcome.'],
  });
  await mailer.sendToCustomer('welcome', { customerId, key: `${customerId}:welcome` });
  delete mails['welcome'];
  expect((await inbox.to(email)).map(({ subject }) => subject)).toEqual(['[null,null,null]']);
});

test.each<[string, Mail, string]>([
  [
    'throws',
    {
      subject: 'x',
      paragraphs: ({ customer }) => {
        throw new TypeError(customer.email ?? '');
      },
    },
    'TypeError',
  ],
  ['says nothing', { subject: 'x', paragraphs: () => [] }, 'WrongMailError'],
  [
    'throws what is called by a person’s name',
    {
      subject: 'x',
      paragraphs: () => {
        throw Object.assign(new Error(), { name: 'ada@acme.example' });
      },
    },
    'Unknown',
  ],
])(
  'a mail that %s stays owed without what it said, and goes out once when it is mended',
  async (_label, broken, of) => {
    const { customerId, email } = await addSignup(database);
    const order = { customerId, key: `${customerId}:broken` };
    mails['broken'] = broken;
    const state = () => findEmail(database, order.key);
    for (let tries = 0; tries < 2; tries += 1)
      await expect(mailer.sendToCustomer('broken', order)).rejects.toMatchObject({ name: 'MailNotRendered', of });
    const { emailId, state: owed } = (await state()) as EmailClaim;
    const { error } = await database
      .selectFrom('emails')
      .select('error')
      .where('emailId', '=', emailId)
      .executeTakeFirstOrThrow();
    expect([owed, error]).toEqual(['failed', of]);
    mails['broken'] = defineMail({ subject: 'Mended', paragraphs: ['Now.'] });
    for (let tries = 0; tries < 2; tries += 1) await mailer.sendOwed(emailId);
    delete mails['broken'];
    expect((await inbox.to(email)).map(({ subject }) => subject)).toEqual(['Mended']);
    expect(await state()).toMatchObject({ state: 'sent' });
  },
);

test('a link of a mail without a text is of no use any more', async () => {
  const { customerId } = await addSignup(database);
  mails['passwordLink'] = defineMail({ subject: '', paragraphs: [] });
  const sent = mailer.sendToCustomer('passwordLink', { customerId, key: `${customerId}:link` });
  await expect(sent).rejects.toMatchObject({ name: 'MailNotRendered' });
  delete mails['passwordLink'];
  const links = database.selectFrom('oneTimeLinks').selectAll().where('customerId', '=', customerId);
  expect(await links.execute()).toEqual([]);
});

test.each([
  ['a customer without a password gets the links that a mail names', null, 2],
  ['a customer with one gets no link to set one unasked', 'a hash', 1],
])('%s', async (_label, passwordHash, stored) => {
  const { customerId, email } = await addSignup(database);
  await database.updateTable('accounts').set({ passwordHash }).where('customerId', '=', customerId).execute();
  mails['setUp'] = defineMail({
    subject: 'Set up',
    paragraphs: ({ links }) => [links.setPassword ?? 'It is set.'],
    actions: ({ links }) => [{ label: 'Show', url: links.revealApiKey ?? '/account' }],
    links: ['setPassword', 'revealApiKey'],
  });
  await mailer.sendToCustomer('setUp', { customerId, key: `${customerId}:set-up` });
  delete mails['setUp'];
  const [mail] = await inbox.to(email);
  expect(mail?.text).toMatch(passwordHash === null ? /\/set-password\/\S+/ : /It is set/);
  expect(mail?.text).toMatch(/\/reveal\/\S+/);
  const links = database.selectFrom('oneTimeLinks').selectAll().where('customerId', '=', customerId);
  expect(await links.execute()).toHaveLength(stored);
});
