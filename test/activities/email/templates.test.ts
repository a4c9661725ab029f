import { renderMail } from '../../../activities/email/render.ts';
import {
  CUSTOMER_MAILS,
  SUPPORT_MAILS,
  type MailFacts,
  type MailTemplate,
} from '../../../activities/email/templates.ts';
import type { Customer } from '../../../infra/db/repositories/customers.ts';
import { findProfile } from '../../../workflows/domain/profiles/index.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { CORE_STEPS, stepsWithoutInstance } from '../../../workflows/domain/core-steps.ts';

const profile = findProfile('tenure');
const terms = resolveTerms(profile, profile.plans[0]);

function facts(companyName: string | null): MailFacts {
  const customer = {
    ...{ customerId: 'cust_1', companyName, email: 'ada@acme.example', plan: 'starter', terms },
    ...{ trialEndsAt: new Date('2027-03-15T12:00:00Z'), instanceUrl: 'http://acme.localhost:3180' },
  } as unknown as Customer;
  return {
    ...{ customer, brand: { name: 'Tenure' }, publicUrl: 'http://localhost:3100' },
    links: {},
    details: {
      daysLeft: 7,
      retainUntil: '2027-04-15T12:00:00Z',
      step: 'stack',
      cause: 'x',
      errorType: 'y',
      suggestedFix: 'z',
    },
  };
}

const MAILS: readonly (readonly [string, MailTemplate])[] = [
  ...Object.entries(CUSTOMER_MAILS),
  ...Object.entries(SUPPORT_MAILS),
];
const HOSTILE = [
  '<script>alert(1)</script>',
  'Acme\r\nBcc: everybody@example.com',
  '"><img src=x onerror=alert(1)>',
  '</mj-text></mj-column><mj-raw>',
  '{{7*7}} ${1} & Söhne 株式会社',
];

describe.each(MAILS)('the mail %s', (_name, template) => {
  test('says something in text and in html, under a subject', async () => {
    const { subject, text, html } = await renderMail(template, facts('Acme'));
    expect(subject).not.toBe('');
    expect(text.length).toBeGreaterThan(40);
    expect(html).toMatch(/^\s*<!doctype html>\s*<html lang="en"/i);
    expect(`${subject}${text}`).not.toMatch(/undefined|null|NaN|Invalid/);
  });

  test.each(HOSTILE)('holds against the company name %j', async (name) => {
    const { subject, html } = await renderMail(template, facts(name));
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toMatch(/<script>alert|<img src=x|<mj-/);
  });
});

test('S1-12 S3-10: the subjects of the trial are the sources’', () => {
  const subject = (daysLeft: number) =>
    CUSTOMER_MAILS.trialReminder.subject({ ...facts('Acme'), details: { daysLeft } });
  expect([subject(7), subject(2), subject(5), subject(1)]).toEqual([
    '7 days left in your trial',
    '2 days left - time to upgrade!',
    '5 days left in your trial',
    '1 day left in your trial',
  ]);
  expect(CUSTOMER_MAILS.trialExpired.subject()).toBe('Trial expired - upgrade to continue');
});

test('S1-12: the ready mail names the instance and its sign-in page', async () => {
  const { text } = await renderMail(CUSTOMER_MAILS.ready, facts('Acme'));
  expect(text).toContain('/account/instance');
});

test('the ready mail says when the trial ends, which is later than the welcome mail said if it began anew', async () => {
  const said = async (phase: string) => {
    const acme = facts('Acme');
    const { text } = await renderMail(CUSTOMER_MAILS.ready, { ...acme, customer: { ...acme.customer, phase } });
    return /Your trial runs until .*\./.exec(text)?.[0];
  };
  expect(await said('onboarding')).toBe('Your trial runs until 15 March 2027.');
  expect(await said('subscription')).toBeUndefined();
});

test('the first mail, whose address nobody has proven to be theirs, carries no text of whoever signed it up', async () => {
  const { subject, text, html } = await renderMail(CUSTOMER_MAILS.welcome, facts('Call 555-0100 at once'));
  expect(`${subject}${text}${html}`).not.toContain('555-0100');
});

test('S0-9: the welcome mail of somebody without a password has a link that sets one; no lasting password is mailed', async () => {
  const links = { revealApiKey: 'http://localhost:3100/reveal/r', setPassword: 'http://localhost:3100/set-password/s' };
  const { text, html } = await renderMail(CUSTOMER_MAILS.welcome, { ...facts('Acme'), links });
  for (const part of [text, html]) for (const link of Object.values(links)) expect(part).toContain(link);
  expect((await renderMail(CUSTOMER_MAILS.welcome, facts('Acme'))).text).not.toContain('set-password');
});

test('S0-10: who was taken on without an instance is told of none', async () => {
  const told = facts('Acme');
  const customer = { ...told.customer, terms: { ...terms, steps: stepsWithoutInstance(CORE_STEPS) } };
  for (const [name, template] of Object.entries(CUSTOMER_MAILS)) {
    if (name === 'ready') continue;
    const { subject, text } = await renderMail(template, { ...told, customer });
    expect([name, /instance/i.exec(`${subject} ${text}`)?.[0]]).toEqual([name, undefined]);
  }
});

test('support is not told who the customer is, only the id', async () => {
  const { subject, text } = await renderMail(SUPPORT_MAILS.alert, facts('Secret Company'));
  expect(`${subject}${text}`).not.toMatch(/Secret Company|ada@/);
  expect(subject).toContain('cust_1');
});
