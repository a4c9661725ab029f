import { defineMail } from 'tenure/product';

const date = (at: Date | null): string =>
  at === null ? '' : at.toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' });

const welcome = defineMail({
  subject: ({ customer }) => `Welcome to SecureBase - Your ${customer.planName} Account is Ready!`,
  paragraphs: ({ customer, terms }) => [
    `Thank you for choosing SecureBase! Your ${customer.planName} tier account has been created.`,
    'Use your API key to access the SecureBase API. The link "Show my API key" works once and expires in 7 days. Store the key securely: you will not see it again.',
    "You'll receive a separate email to set up your password.",
    `Your trial period is ${String(terms.trialDays)} days and ends on ${date(customer.trialEndsAt)}.`,
  ],
  actions: ({ links }) => [
    { label: 'Show my API key', url: links.revealApiKey ?? '/account' },
    { label: 'Access Customer Portal', url: '/login' },
  ],
  links: ['revealApiKey'],
});

/** Sent early, to an address that may be a stranger's: it repeats nothing that was typed. */
const passwordSetup = defineMail({
  subject: 'Set Up Your SecureBase Password',
  paragraphs: ({ links }) => [
    'Your SecureBase account has been created.',
    links.setPassword === undefined
      ? 'Your password is set. Log in to the customer portal.'
      : 'Set your password to log in. The link works once and expires in 24 hours; you can request a new one on the sign-in page.',
  ],
  actions: ({ links }) => [
    links.setPassword === undefined
      ? { label: 'Log In Now', url: '/login' }
      : { label: 'Set Up Your Password', url: links.setPassword },
  ],
  links: ['setPassword'],
});

const ready = defineMail({
  subject: 'Your SecureBase landing zone is ready',
  paragraphs: ({ customer, terms }) => [
    `Your landing zone is ready. Sign in at ${customer.instanceUrl ?? ''}`,
    ...(terms.target === 'aws-landing-zone'
      ? ['Its guardrails are in place, and it is checked against the standards of your framework.']
      : []),
  ],
  actions: [{ label: 'Open my landing zone', url: '/account/instance' }],
});

export const mails = { welcome, passwordSetup, ready };
