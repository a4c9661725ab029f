import { defineMail, type MailAction, type MailFacts } from 'tenure/product';

const date = (at: Date | null): string => (at === null ? '' : at.toLocaleDateString('en-GB', { dateStyle: 'long' }));
const UPGRADE: readonly MailAction[] = [{ label: 'Upgrade', url: '/account' }];

/** The first one has its own words for the day on which the card should be there. */
function trialSubject({ details }: MailFacts): string {
  const daysLeft = Number(details['daysLeft']);
  if (daysLeft === 2) return '2 days left - time to upgrade!';
  return daysLeft === 1 ? '1 day left in your trial' : `${String(daysLeft)} days left in your trial`;
}

const welcome = defineMail({
  subject: 'Welcome to Iotistic',
  paragraphs: ({ customer, terms, links }) => [
    `Welcome. Your ${String(terms.trialDays)}-day trial has started and ends on ${date(customer.trialEndsAt)}.`,
    ...(customer.hasInstance ? ['Your instance will be ready in 2-3 minutes. We will email you then.'] : []),
    ...(links.setPassword === undefined ? [] : ['Set a password to sign in. The link works once.']),
    'The link "Show my API key" works once and expires in 7 days.',
  ],
  actions: ({ links }) => [
    ...(links.setPassword === undefined ? [] : [{ label: 'Set a password', url: links.setPassword }]),
    { label: 'Show my API key', url: links.revealApiKey ?? '/account' },
  ],
});

const ready = defineMail({
  subject: 'Your Iotistic instance is ready',
  paragraphs: ({ customer }) => [
    `The instance for ${customer.companyName ?? 'your company'} is ready at ${customer.instanceUrl ?? ''}`,
    `Open it from your account, or sign in at ${customer.instanceUrl ?? ''}/login.`,
  ],
  actions: [{ label: 'Open my instance', url: '/account/instance' }],
});

const trialReminder = defineMail({
  subject: trialSubject,
  paragraphs: ({ customer, charge }) => [
    `Your trial ends on ${date(customer.trialEndsAt)}.`,
    ...(charge
      ? [`Your plan costs ${charge.amount}${charge.per ? ` ${charge.per}` : ''}, first charged on ${date(charge.at)}.`]
      : []),
    'Add a payment method, and your devices stay connected.',
  ],
  actions: UPGRADE,
});

const trialExpired = defineMail({
  subject: 'Trial expired - upgrade to continue',
  paragraphs: ({ terms }) => [
    `Your trial has ended. Your instance is read-only for ${String(terms.graceDays)} days and is then suspended.`,
    `Its data is kept for ${String(terms.retentionDays)} days. Upgrading brings everything back at once.`,
  ],
  actions: UPGRADE,
});

export const mails = { welcome, ready, trialReminder, trialExpired };
