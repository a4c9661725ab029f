import { GetSendQuotaCommand, SendEmailCommand, SESServiceException, type SESClient } from '@aws-sdk/client-ses';
import { createSesClient } from '../../../activities/email/ses-client.ts';
import { meaningOf } from '../../../activities/email/ses-failure.ts';
import { createMailer, type Mailer, type MailRequest } from '../../../activities/email/mailer.ts';
import type { Config } from '../../../infra/config.ts';
import { openDatabase, type Database } from '../../../infra/db/database.ts';
import { appendAudit } from '../../../infra/db/repositories/audit.ts';
import { ADDRESS_CORRECTED } from '../../../infra/db/repositories/corrections.ts';
import { forgetPerson } from '../../../infra/db/repositories/customers.ts';
import { emailTurnedOutSent, findEmail, oweEmail, type EmailClaim } from '../../../infra/db/repositories/emails.ts';
import { createDatabase } from '../../support/embedded.ts';
import { eventually } from '../../support/eventually.ts';
import { Inbox } from '../../support/lifecycle-inbox.ts';
import { addSignup } from '../../support/lifecycle-signup.ts';
import { tenure } from '../../support/default-product.ts';
import { halfForMonths, manyPrices } from '../../support/many-prices.ts';

const SENDER = 'noreply@tenure.example';
const SUPPORT = 'support@tenure.example';

let stored: Awaited<ReturnType<typeof createDatabase>>;
let database: Database;
let inbox: Inbox;
let mailer: Mailer;
/** A mailer that gets events of SES. */
let watched: Mailer;
const product = { profile: { ...tenure, brand: { name: 'Acme' } }, mails: {} };
/** A mailer that waits one second for an answer. */
let impatient: Mailer;
/** The state of the claim each time the impatient mailer asked whether the service answers. */
const claimedWhenAsked: unknown[] = [];
beforeAll(async () => {
  [stored, inbox] = await Promise.all([createDatabase(), Inbox.start()]);
  database = openDatabase(stored.url);
  const mail = { region: 'us-east-1', sender: SENDER, support: SUPPORT, endpoint: inbox.url };
  const mailerWith = (ses: SESClient, of: Config['mail'] = mail): Mailer => {
    ses.config.credentials = () => Promise.resolve({ accessKeyId: 'test', secretAccessKey: 'test' });
    return createMailer({ database, ses, mail: of, publicUrl: 'http://localhost:3100', products: [product] });
  };
  mailer = mailerWith(createSesClient(mail));
  const events = { configurationSet: 'events', topicArn: 'arn:aws:sns:us-east-1:123456789012:mails' };
  watched = mailerWith(createSesClient(mail), { ...mail, events });
  const ses = createSesClient(mail, 1_000);
  ses.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const ready = database.selectFrom('emails').select('state').where('template', '=', 'ready');
        if (commandName === 'GetSendQuotaCommand')
          claimedWhenAsked.push(await ready.where('state', '=', 'claimed').execute());
        return next(args);
      },
    { step: 'initialize' },
  );
  impatient = mailerWith(ses);
});
afterEach(() => {
  inbox.clearFaults();
});
afterAll(async () => {
  await inbox.close();
  await database.destroy();
  await stored.drop();
});

const claim = async (claimKey: string) =>
  database.selectFrom('emails').selectAll().where('claimKey', '=', claimKey).executeTakeFirst();

test('one key is one mail, however often and however many at once ask for it', async () => {
  const { customerId, email } = await addSignup(database);
  const order = { customerId, key: `${customerId}:welcome` };
  await Promise.all([1, 2, 3].map(() => mailer.sendToCustomer('welcome', order)));
  await mailer.sendToCustomer('welcome', order);
  expect(await inbox.to(email)).toHaveLength(1);
  expect(await claim(order.key)).toMatchObject({ state: 'sent', template: 'welcome', error: null });
});

test('the charge that a mail is about is the one agreed, the newest paid, or the newest still to be paid', async () => {
  const { customerId, email } = await addSignup(database);
  await database
    .updateTable('customers')
    .set({ trialEndsAt: new Date('2027-03-15T12:00:00Z') })
    .where('customerId', '=', customerId)
    .execute();
  const invoice = { customerId, currency: 'usd', amountDue: 9_900, amountPaid: 0 };
  const at = (month: number) => new Date(Date.UTC(2027, month, 15));
  await database
    .insertInto('invoices')
    .values([
      { ...invoice, stripeInvoiceId: 'in_1', status: 'paid', amountPaid: 9_900, invoiceCreatedAt: at(2) },
      {
        ...invoice,
        stripeInvoiceId: 'in_2',
        status: 'open',
        amountDue: 4_500,
        currency: 'jpy',
        invoiceCreatedAt: at(3),
      },
      { ...invoice, stripeInvoiceId: 'in_3', status: 'void', amountDue: 7, invoiceCreatedAt: at(4) },
    ])
    .execute();
  for (const name of ['trialReminder', 'subscriptionStarted', 'paymentFailed', 'trialExpired'])
    await mailer.sendToCustomer(name, { customerId, key: `${customerId}:${name}`, details: { daysLeft: 2 } });
  const texts = (await inbox.to(email)).map(({ text }) => text).join('\n');
  expect(texts).toContain('Your plan costs 99.00 USD a month. The first payment is on 15 March 2027.');
  expect(texts).toContain('You paid 99.00 USD on 15 March 2027.');
  expect(texts).toContain('of 4500 JPY, due on 15 April 2027,');
});

test('the first charge after a trial has the discount that was agreed, while it lasts', async () => {
  const remind = async (trialEndsAt: string): Promise<string> => {
    const { customerId, email } = await addSignup(database, {
      ...{ profile: manyPrices, choice: { coupon: halfForMonths } },
    });
    await database
      .updateTable('customers')
      .set({ trialEndsAt: new Date(trialEndsAt), createdAt: new Date('2027-03-01T12:00:00Z') })
      .where('customerId', '=', customerId)
      .execute();
    const order = { customerId, key: `${customerId}:reminder`, details: { daysLeft: 2 } };
    await mailer.sendToCustomer('trialReminder', order);
    return (await inbox.to(email)).map(({ text }) => text.replaceAll(/\s+/g, ' ')).join('\n');
  };
  expect(await remind('2027-03-15T12:00:00Z')).toContain(
    'Your plan costs 29.00 USD a month. With your discount the first payment is 14.50 USD, on 15 March 2027.',
  );
  expect(await remind('2027-10-15T12:00:00Z')).toContain(
    'Your plan costs 29.00 USD a month. The first payment is on 15 October 2027.',
  );
});

test.each([
  ['throttle', 'MailServiceUnavailable'],
  ['refuse', 'MailNotSent'],
] as const)('%s by SES: it certainly did not go out, and is sent by the next attempt', async (fault, type) => {
  const { customerId, email } = await addSignup(database);
  const order = { customerId, key: `${customerId}:ready` };
  inbox.fault(/ready/, fault, 1);
  await expect(mailer.sendToCustomer('ready', order)).rejects.toMatchObject({
    type,
    nonRetryable: false,
  });
  expect(await claim(order.key)).toMatchObject({ state: 'failed' });
  await mailer.sendToCustomer('ready', order);
  expect(await inbox.to(email)).toHaveLength(1);
});

test('with the answer lost nobody knows, and it is never sent twice', async () => {
  const { customerId, email } = await addSignup(database);
  const order = { customerId, key: `${customerId}:ready` };
  inbox.fault(/ready/, 'drop-reply', 1);
  await expect(mailer.sendToCustomer('ready', order)).rejects.toMatchObject({
    type: 'MailAnswerLost',
    nonRetryable: true,
  });
  expect(await claim(order.key)).toMatchObject({ state: 'unknown' });
  await expect(mailer.sendToCustomer('ready', order)).rejects.toMatchObject({ type: 'MailAnswerLost' });
  expect(await inbox.to(email)).toHaveLength(1);
});

test('every mail carries the id of its row for the events of SES, and the configuration set where there is one', async () => {
  const { customerId, email } = await addSignup(database);
  await mailer.sendToCustomer('ready', { customerId, key: `${customerId}:1` });
  await watched.sendToCustomer('welcome', { customerId, key: `${customerId}:2` });
  const sent = inbox.sent.filter(({ to }) => to === email);
  expect(sent).toMatchObject([{ configurationSet: null }, { configurationSet: 'events' }]);
  for (const [n, { tag }] of sent.entries())
    expect(tag).toEqual({ name: 'tenure_email', value: (await claim(`${customerId}:${String(n + 1)}`))?.emailId });
});

test('a step whose mail came though its answer was lost sends it again to a corrected address alone', async () => {
  const { customerId, email } = await addSignup(database);
  const tryOnce = (n: number) =>
    mailer.sendToCustomer('welcome', { customerId, key: `${customerId}:welcome:${String(n)}` });
  const welcomes = async () => (await inbox.to(email)).length;
  inbox.fault(/^Welcome/, 'drop-reply', 1);
  await expect(tryOnce(1)).rejects.toMatchObject({ type: 'MailAnswerLost' });
  await emailTurnedOutSent(database, (await claim(`${customerId}:welcome:1`))?.emailId ?? '', 'ses-1');
  await tryOnce(2);
  expect(await welcomes()).toBe(1);
  await appendAudit(database, { customerId, actor: 'system', action: ADDRESS_CORRECTED });
  await tryOnce(3);
  await tryOnce(3);
  expect(await welcomes()).toBe(2);
});

test('while the mail service hangs, one mail is in doubt and all that follow are owed', async () => {
  const customers = await Promise.all([1, 2, 3].map(() => addSignup(database)));
  const [first, ...others] = customers.map(({ customerId }) => ({ customerId, key: `${customerId}:ready` }));
  inbox.fault(/^/, 'hang');
  await expect(impatient.sendToCustomer('ready', first as MailRequest)).rejects.toMatchObject({
    type: 'MailAnswerLost',
  });
  for (const order of others)
    await expect(impatient.sendToCustomer('ready', order)).rejects.toMatchObject({ type: 'MailServiceUnavailable' });
  // Only one call lies between a claim and its answer: after ten seconds the claim counts as that of a dead process.
  expect(claimedWhenAsked).toEqual([[], []]);
  inbox.clearFaults();
  for (const order of others) await impatient.sendToCustomer('ready', order);
  for (const { email } of customers.slice(1)) expect(await inbox.to(email)).toHaveLength(1);
});

const owed = async (customerId: string, template: string): Promise<EmailClaim> => {
  const claimKey = `${customerId}:${template}`;
  await oweEmail(database, { customerId, template, claimKey, details: {} });
  return (await findEmail(database, claimKey)) as EmailClaim;
};

test('a mail that waits for a customer who is erased is not sent any more', async () => {
  const { customerId } = await addSignup(database);
  const { emailId } = await owed(customerId, 'passwordChanged');
  await forgetPerson(database, customerId);
  await mailer.sendOwed(emailId);
  expect(await claim(`${customerId}:passwordChanged`)).toMatchObject({ state: 'overtaken' });
});

test('a customer who has cancelled still gets the link that they asked for', async () => {
  const { customerId, email } = await addSignup(database);
  await database.updateTable('customers').set({ phase: 'cancellation' }).where('customerId', '=', customerId).execute();
  await mailer.sendOwed((await owed(customerId, 'passwordLink')).emailId);
  expect(await inbox.to(email)).toHaveLength(1);
});

test('a mail that SES tells of before its answer is lost was sent', async () => {
  const { customerId, email } = await addSignup(database);
  const order = { customerId, key: `${customerId}:ready` };
  inbox.fault(/ready/, 'hang', 1);
  const sending = impatient.sendToCustomer('ready', order);
  const { emailId } = await eventually('the claim', () => claim(order.key));
  await emailTurnedOutSent(database, emailId, 'ses-1');
  await sending;
  await mailer.sendToCustomer('ready', order);
  expect(await claim(order.key)).toMatchObject({ state: 'sent', sesMessageId: 'ses-1' });
  expect(await inbox.to(email)).toEqual([]);
});

test.each([
  ['AccountSendingPausedException', 'MailServiceUnavailable'],
  ['ConfigurationSetSendingPausedException', 'MailServiceUnavailable'],
  ['ConfigurationSetDoesNotExistException', 'MailServiceUnavailable'],
  ['MailFromDomainNotVerifiedException', 'MailServiceUnavailable'],
  ['RequestExpired', 'MailServiceUnavailable'],
  ['IncompleteSignature', 'MailServiceUnavailable'],
  ['InvalidSignatureException', 'MailServiceUnavailable'],
  ['OptInRequired', 'MailServiceUnavailable'],
  ['MessageRejected', 'MailNotSent'],
  ['InvalidParameterValue', 'MailNotSent'],
])('%s of SES means %s', (name, type) => {
  const error = new SESServiceException({ name, $fault: 'client', message: name, $metadata: { httpStatusCode: 400 } });
  expect(meaningOf(error)).toMatchObject({ state: 'failed', failure: { type } });
});

test.each(['throttle', 'refuse'] as const)('%s by SES: no one-time links pile up', async (fault) => {
  const { customerId, email } = await addSignup(database);
  const links = () => database.selectFrom('oneTimeLinks').select('tokenHash').where('customerId', '=', customerId);
  const order = { customerId, key: `${customerId}:passwordLink` };
  inbox.fault(/password/, fault, 2);
  await expect(mailer.sendToCustomer('passwordLink', order)).rejects.toThrow();
  await expect(mailer.sendToCustomer('passwordLink', order)).rejects.toThrow();
  expect(await links().execute()).toEqual([]);
  await mailer.sendToCustomer('passwordLink', order);
  expect(await links().execute()).toHaveLength(1);
  expect(await inbox.to(email)).toHaveLength(1);
});

test('a link goes to the address that the customer has when it is made, not to one corrected while the mail waited', async () => {
  const { customerId } = await addSignup(database);
  const [right, sentTo] = [`right-${customerId}@acme.example`, [] as string[]];
  let isAway = true;
  const correct = () =>
    database.updateTable('customers').set({ email: right }).where('customerId', '=', customerId).execute();
  const send = async (command: unknown) => {
    if (command instanceof GetSendQuotaCommand) await correct();
    if (!(command instanceof SendEmailCommand)) return {};
    if (isAway) throw new Error('socket hang up');
    sentTo.push(...(command.input.Destination?.ToAddresses ?? []));
    return { MessageId: 'ses-1' };
  };
  const slow = createMailer({
    ...{ database, ses: { send } as unknown as SESClient, publicUrl: 'http://localhost:3100' },
    mail: { region: 'us-east-1', endpoint: undefined, sender: SENDER, support: SUPPORT },
    products: [product],
  });
  await expect(slow.sendToCustomer('ready', { customerId, key: `${customerId}:ready` })).rejects.toThrow();
  isAway = false;
  await slow.sendToCustomer('passwordLink', { customerId, key: `${customerId}:link` });
  expect(sentTo).toEqual([right]);
});

test('a failure does not repeat the address', async () => {
  const { customerId, email } = await addSignup(database);
  inbox.fault(/./, 'refuse', 1);
  const error: unknown = await mailer
    .sendToCustomer('ready', { customerId, key: 'k-1' })
    .catch((failure: unknown) => failure);
  expect(String(error)).not.toContain(email);
  expect((await claim('k-1'))?.error).not.toContain('@');
});

test('an erased customer has no address any more: nobody is mailed, nothing fails', async () => {
  const { customerId, email } = await addSignup(database);
  await forgetPerson(database, customerId);
  await mailer.sendToCustomer('ready', { customerId, key: 'k-2' });
  expect(await inbox.to(email)).toEqual([]);
});

test('S0-9 S0-17: the link to the API key works once; only its hash is kept, and the key is in no mail', async () => {
  const { customerId, email } = await addSignup(database);
  await mailer.sendToCustomer('welcome', { customerId, key: 'k-3' });
  const [mail] = await inbox.to(email);
  const token = /reveal\/([\w-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
  const links = await database.selectFrom('oneTimeLinks').selectAll().where('customerId', '=', customerId).execute();
  expect(token).toHaveLength(43);
  expect(JSON.stringify(links)).not.toContain(token);
  expect(links).toHaveLength(1);
  expect(`${mail?.text ?? ''}${mail?.html ?? ''}`).not.toContain('tenure_');
});

test.each([
  ['drop-reply', 'resolves'],
  ['refuse', 'rejects'],
] as const)('an outage is told to support once: %s %s', async (fault, outcome) => {
  const outage = { waitsFor: 'Stripe', errorType: 'x', cause: 'x', suggestedFix: 'x', since: new Date() };
  inbox.fault(/^Waiting for Stripe/, fault, 1);
  const telling = mailer.sendOutage({ ...outage, outageId: fault, customers: 0, resolvedAt: null });
  if (outcome === 'resolves') {
    await telling;
    const sent = (await inbox.to(SUPPORT)).filter(({ text }) => text.includes('http://localhost:3100/console'));
    expect(sent.map(({ subject }) => subject)).toContain('Waiting for Stripe');
    expect(sent.at(-1)?.text).toMatch(/\n\nAcme$/);
  } else await expect(telling).rejects.toMatchObject({ type: 'MailNotSent' });
});

test('support gets the id and the way out', async () => {
  const { customerId } = await addSignup(database);
  const details = { step: 'stack', cause: 'It broke.', errorType: 'InvalidSpec', suggestedFix: 'Mend it.' };
  await mailer.sendToSupport({ customerId, key: 'k-4', details });
  const mail = (await inbox.to(SUPPORT)).find(({ subject }) => subject.includes(customerId));
  expect(mail?.text).toMatch(/Mend it\./);
});
