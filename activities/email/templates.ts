import type { Customer } from '../../infra/db/repositories/customers.ts';

/** What a template may say. Dates are ISO strings, amounts are not mailed. */
export interface MailFacts {
  readonly customer: Customer;
  readonly productName: string;
  /** Base of links to our pages. */
  readonly publicUrl: string;
  /** One-time link that shows the API key; only in the welcome mail. */
  readonly revealUrl?: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export interface MailTemplate {
  subject(facts: MailFacts): string;
  paragraphs(facts: MailFacts): readonly string[];
  action?(facts: MailFacts): { readonly label: string; readonly url: string };
}

const day = (instant: string | number | Date | null | undefined): string =>
  instant === null || instant === undefined ? 'soon' : new Date(instant).toISOString().slice(0, 10);
const company = ({ customer }: MailFacts): string => customer.companyName ?? 'you';
const account = ({ publicUrl }: MailFacts) => ({ label: 'Open your account', url: `${publicUrl}/account` });

const REMINDERS: Readonly<Record<number, string>> = {
  7: '7 days left in your trial',
  2: '2 days left - time to upgrade!',
};

/** Every mail a customer can get; the subjects of the trial are the sources' (S1-4, S1-12, S3-10). */
export const CUSTOMER_MAILS = {
  welcome: {
    subject: ({ productName }) => `Welcome to ${productName}`,
    paragraphs: (facts) => [
      `Welcome, ${company(facts)}. Your ${String(facts.customer.terms.trialDays)}-day trial has begun; it ends on ${day(facts.customer.trialEndsAt)}.`,
      'Your instance will be ready in 2-3 minutes. We write again when it answers.',
      'The button shows your API key. It works once, for seven days, and we keep no copy of the key.',
    ],
    action: ({ revealUrl, publicUrl }) => ({ label: 'Show my API key', url: revealUrl ?? `${publicUrl}/account` }),
  },
  ready: {
    subject: () => 'Your instance is ready',
    paragraphs: (facts) => [`The instance of ${company(facts)} is ready at ${facts.customer.instanceUrl ?? ''}`],
    action: ({ customer }) => ({ label: 'Sign in', url: `${customer.instanceUrl ?? ''}/login` }),
  },
  deploymentFailed: {
    subject: () => 'Your instance is not ready yet',
    paragraphs: (facts) => [
      `Setting up the instance of ${company(facts)} has failed. It is our fault, not yours, and nothing is charged.`,
      'Our support was told and works on it. We write again when it is ready; you need not do anything.',
    ],
    action: account,
  },
  onboardingEnded: {
    subject: () => 'We could not set up your instance',
    paragraphs: (facts) => [
      `We are sorry, ${company(facts)}: your instance could not be set up, and everything made for it was taken back.`,
      'Nothing was charged. You are free to sign up again with the same address.',
    ],
  },
  trialReminder: {
    subject: ({ details }) =>
      REMINDERS[Number(details['daysLeft'])] ?? `${String(details['daysLeft'])} days left in your trial`,
    paragraphs: (facts) => [
      `The trial of ${company(facts)} ends on ${day(facts.customer.trialEndsAt)}.`,
      'Add a payment method to go on without a break. Without one, the instance becomes read-only when the trial ends.',
    ],
    action: ({ publicUrl }) => ({ label: 'Upgrade', url: `${publicUrl}/account` }),
  },
  trialExpired: {
    subject: () => 'Trial expired - upgrade to continue',
    paragraphs: (facts) => [
      `The trial of ${company(facts)} has ended. The instance is read-only for ${String(facts.customer.terms.graceDays)} days, and is suspended after that.`,
      `Suspended data is kept for ${String(facts.customer.terms.retentionDays)} days. An upgrade brings everything back at once.`,
    ],
    action: ({ publicUrl }) => ({ label: 'Upgrade', url: `${publicUrl}/account` }),
  },
  subscriptionStarted: {
    subject: () => 'Thank you - your subscription has begun',
    paragraphs: (facts) => [
      `${company(facts)} is on the plan ${facts.customer.plan}. Invoices are on your account page.`,
    ],
    action: account,
  },
  paymentFailed: {
    subject: () => 'Your payment failed',
    paragraphs: (facts) => [
      `A payment of ${company(facts)} was declined. We try again in the next days; your instance goes on meanwhile.`,
      'Please check the payment method, or give us another one.',
    ],
    action: account,
  },
  cancelled: {
    subject: () => 'Your subscription has ended',
    paragraphs: (facts) => [
      `${company(facts)} has left us. The instance is gone, and nothing more is charged.`,
      `A backup of your data is kept until ${day(facts.details['retainUntil'])}; ask us for it before then.`,
    ],
  },
  erased: {
    subject: () => 'Your account was erased',
    paragraphs: () => [
      'Your account, your instance and all its data were erased, as you asked. We keep invoices only, because the law says so.',
      'This is the last mail you get from us.',
    ],
  },
} as const satisfies Record<string, MailTemplate>;

export type CustomerMail = keyof typeof CUSTOMER_MAILS;

/** What support is mailed: ids and causes, no personal data. */
export const SUPPORT_MAILS = {
  alert: {
    subject: ({ customer, details }) => `Needs attention: ${String(details['step'])} of ${customer.customerId}`,
    paragraphs: ({ details }) => [
      `Cause: ${String(details['cause'])} (${String(details['errorType'])})`,
      `Suggested: ${String(details['suggestedFix'])}`,
    ],
    action: ({ publicUrl, customer }) => ({
      label: 'Open in the console',
      url: `${publicUrl}/console/customers/${customer.customerId}`,
    }),
  },
} as const satisfies Record<string, MailTemplate>;
export type SupportMail = keyof typeof SUPPORT_MAILS;
