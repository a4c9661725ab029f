import { CORE_MAILS } from '../../../infra/mails/index.ts';
import { renderMail } from '../../../activities/email/render.ts';
import { ALERT_MAIL } from '../../../activities/email/support-mails/alert.ts';
import type { Mail, MailFacts } from '../../../infra/product/define-mail.ts';

function facts(companyName: string | null): MailFacts {
  return {
    customer: {
      ...{ id: 'cust_1', companyName, email: 'ada@acme.example', slug: 'acme', plan: 'starter', region: 'eu-central' },
      ...{ trialEndsAt: new Date('2027-03-15T12:00:00Z'), instanceUrl: 'http://acme.localhost:3180' },
      ...{ planName: 'Starter', isPaying: false, hasInstance: true, features: [], limits: {} },
    },
    terms: { target: 'local', trialDays: 14, graceDays: 3, retentionDays: 30 },
    ...{ brand: { name: 'Tenure' }, publicUrl: 'http://localhost:3100' },
    links: {},
    details: { daysLeft: 7, retainUntil: '2027-04-15T12:00:00Z' },
  };
}

const alertFacts = (company: string) => ({
  ...facts(company),
  customerId: 'cust_1',
  details: { step: 'stack', cause: 'x', errorType: 'y', suggestedFix: 'z' },
});

const MAILS: readonly (readonly [string, (company: string) => ReturnType<typeof renderMail>])[] = [
  ...Object.entries<Mail>(CORE_MAILS).map(
    ([name, mail]) => [name, (company: string) => renderMail(mail, facts(company))] as const,
  ),
  ['alert', (company) => renderMail(ALERT_MAIL, alertFacts(company))],
];
const HOSTILE = [
  '<script>alert(1)</script>',
  'Acme\r\nBcc: everybody@example.com',
  '"><img src=x onerror=alert(1)>',
  '</mj-text></mj-column><mj-raw>',
  '{{7*7}} ${1} & Söhne 株式会社',
];

describe.each(MAILS)('the mail %s', (_name, rendered) => {
  test('says something in text and in html, under a subject', async () => {
    const { subject, text, html } = await rendered('Acme');
    expect(subject).not.toBe('');
    expect(text.length).toBeGreaterThan(40);
    expect(html).toMatch(/^\s*<!doctype html>\s*<html lang="en"/i);
    expect(`${subject}${text}`).not.toMatch(/undefined|null|NaN|Invalid/);
  });

  test.each(HOSTILE)('holds against the company name %j', async (name) => {
    const { subject, html } = await rendered(name);
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toMatch(/<script>alert|<img src=x|<mj-/);
  });
});

test('S1-12 S3-10: the subjects of the trial are the sources’', async () => {
  const subject = async (daysLeft: number) =>
    (await renderMail(CORE_MAILS.trialReminder, { ...facts('Acme'), details: { daysLeft } })).subject;
  expect([await subject(7), await subject(2), await subject(5), await subject(1)]).toEqual([
    '7 days left in your trial',
    '2 days left - time to upgrade!',
    '5 days left in your trial',
    '1 day left in your trial',
  ]);
  expect(CORE_MAILS.trialExpired.subject).toBe('Trial expired - upgrade to continue');
});

test('a mail about a charge says how much and when, where that is known', async () => {
  const charge = { amount: '99.00 USD', at: new Date('2027-03-15T12:00:00Z') };
  const said = async (mail: Mail, more: Partial<MailFacts>) =>
    (await renderMail(mail, { ...facts('Acme'), ...more })).text;
  const acme = facts('Acme');
  const paying = { customer: { ...acme.customer, isPaying: true } };
  const { trialReminder, subscriptionStarted, paymentFailed } = CORE_MAILS;
  expect(await said(trialReminder, { charge: { ...charge, per: 'a month' } })).toContain(
    'Your plan costs 99.00 USD a month. The first payment is on 15 March 2027.',
  );
  expect(await said(subscriptionStarted, { charge })).toContain('plan. You paid 99.00 USD on 15 March 2027. You can');
  expect(await said(subscriptionStarted, {})).toContain('plan. You can');
  expect(await said(paymentFailed, { charge, ...paying })).toContain(
    'A payment of 99.00 USD, due on 15 March 2027, for Acme was declined.',
  );
  expect(await said(paymentFailed, { charge })).toContain('The payment of 99.00 USD, due on 15 March 2027, to upgrade');
  expect(await said(paymentFailed, paying)).toContain('A payment for Acme was declined.');
});

test('S1-12: the ready mail names the instance and its sign-in page', async () => {
  const { text } = await renderMail(CORE_MAILS.ready, facts('Acme'));
  expect(text).toContain('/account/instance');
});

test('the ready mail says when the trial ends, which is later than the welcome mail said if it began anew', async () => {
  const said = async (isPaying: boolean) => {
    const acme = facts('Acme');
    const { text } = await renderMail(CORE_MAILS.ready, { ...acme, customer: { ...acme.customer, isPaying } });
    return /Your trial runs until .*\./.exec(text)?.[0];
  };
  expect(await said(false)).toBe('Your trial runs until 15 March 2027.');
  expect(await said(true)).toBeUndefined();
});

test('the first mail, whose address nobody has proven to be theirs, carries no text of whoever signed it up', async () => {
  const { subject, text, html } = await renderMail(CORE_MAILS.welcome, facts('Call 555-0100 at once'));
  expect(`${subject}${text}${html}`).not.toContain('555-0100');
});

test('S0-9: the welcome mail of somebody without a password has a link that sets one; no lasting password is mailed', async () => {
  const links = { revealApiKey: 'http://localhost:3100/reveal/r', setPassword: 'http://localhost:3100/set-password/s' };
  const { text, html } = await renderMail(CORE_MAILS.welcome, { ...facts('Acme'), links });
  for (const part of [text, html]) for (const link of Object.values(links)) expect(part).toContain(link);
  expect((await renderMail(CORE_MAILS.welcome, facts('Acme'))).text).not.toContain('set-password');
});

test('S0-10: a customer who was added without an instance is told of none', async () => {
  const told = facts('Acme');
  const customer = { ...told.customer, hasInstance: false };
  for (const [name, template] of Object.entries<Mail>(CORE_MAILS)) {
    if (name === 'ready') continue;
    const { subject, text } = await renderMail(template, { ...told, customer });
    expect([name, /instance/i.exec(`${subject} ${text}`)?.[0]]).toEqual([name, undefined]);
  }
});

test('support is not told who the customer is, only the id', async () => {
  const { subject, text } = await renderMail(ALERT_MAIL, alertFacts('Secret Company'));
  expect(`${subject}${text}`).not.toMatch(/Secret Company|ada@/);
  expect(subject).toContain('cust_1');
});

test('a path in a mail becomes an address; the brand colours its buttons', async () => {
  const brand = { name: 'Acme', colour: '#8a1c5b' };
  const { text, html } = await renderMail(CORE_MAILS.trialExpired, { ...facts('Acme'), brand });
  expect(text).toContain('Upgrade: http://localhost:3100/account\n\nAcme');
  expect(html).toContain('href="http://localhost:3100/account"');
  expect(html).toContain('#8a1c5b');
});

test('the mails about what is taken away say each date that follows, and how everything comes back', async () => {
  const acme = facts('Acme');
  const said = async (mail: Mail, details: MailFacts['details'], more: Partial<MailFacts> = {}) => {
    const { subject, text } = await renderMail(mail, { ...acme, ...more, details });
    return `${subject}\n${text}`;
  };
  const dates = { suspend: '2027-04-18T12:00:00Z', leave: '2027-05-18T12:00:00Z' };
  const { trialExpired, paymentFailed, paymentOverdue } = CORE_MAILS;
  expect(await said(trialExpired, {})).toMatch(/is then suspended, on 18 March 2027\.[^]*removed, on 17 April 2027\./);
  const paying = { customer: { ...acme.customer, isPaying: true } };
  expect(await said(paymentFailed, { read_only: '2027-04-15T12:00:00Z', ...dates }, paying)).toMatch(
    /read-only on 15 April 2027, is suspended on 18 April 2027, and is removed on 18 May 2027\. All of this comes earlier/,
  );
  const overdue = (stage: string, ended = '') => said(paymentOverdue, { stage, ended, ...dates });
  expect(await overdue('read_only')).toMatch(
    /read-only now\n[^]*suspended on 18 April 2027, and removed on 18 May 2027/,
  );
  expect(await overdue('suspend')).toMatch(/is suspended\n[^]*kept until 18 May 2027[^]*Pay on your account page/);
  expect(await overdue('last_notice', 'yes')).toMatch(/removed on 18 May 2027\n[^]*has ended[^]*Subscribe again/);
});
