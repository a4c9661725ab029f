import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { Brand } from '../../workflows/domain/profiles/brand.ts';
import { hasInstance } from '../../workflows/domain/core-steps.ts';

/** What a template may say. Amounts are not mailed. */
export interface MailFacts {
  readonly customer: Customer;
  readonly brand: Brand;
  /** Base of links to our pages. */
  readonly publicUrl: string;
  /** One-time links, in the mails that carry one. */
  readonly links: { readonly revealApiKey?: string; readonly setPassword?: string };
  readonly details: Readonly<Record<string, string | number>>;
}

export interface MailTemplate<Facts = MailFacts> {
  subject(facts: Facts): string;
  paragraphs(facts: Facts): readonly string[];
  actions?(facts: Facts): readonly Action[];
}

interface Action {
  readonly label: string;
  readonly url: string;
}

const LONG_DAY = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
const day = (instant: string | number | Date | null | undefined): string =>
  instant === null || instant === undefined ? 'soon' : new Date(instant).toLocaleDateString('en-GB', LONG_DAY);
const company = ({ customer }: MailFacts): string => customer.companyName ?? 'you';
const account = ({ publicUrl }: MailFacts): Action[] => [{ label: 'Open your account', url: `${publicUrl}/account` }];
const upgrade = ({ publicUrl }: MailFacts): Action[] => [{ label: 'Upgrade', url: `${publicUrl}/account` }];
const setPassword = ({ links, publicUrl }: MailFacts): Action => ({
  label: 'Set my password',
  url: links.setPassword ?? `${publicUrl}/forgot-password`,
});
/** Support can send a mail of the onboarding again in any phase. */
const isPaying = ({ customer }: MailFacts): boolean => customer.phase === 'subscription';
/** What the customer has with us: whoever was taken on without an instance is not told of one. */
const thing = (facts: MailFacts): string => (hasInstance(facts.customer.terms) ? 'instance' : 'account');
const failedThing = (facts: MailFacts): string =>
  facts.details['part'] === 'billing' ? 'billing account' : thing(facts);

const REMINDERS: Readonly<Record<number, string>> = {
  1: '1 day left in your trial',
  2: '2 days left - time to upgrade!',
};

/** Every mail a customer can get; the subjects of the trial are the sources' (S1-4, S1-12, S3-10). */
export const CUSTOMER_MAILS = {
  welcome: {
    subject: ({ brand }) => `Welcome to ${brand.name}`,
    paragraphs: (facts) => [
      `Welcome. Your ${String(facts.customer.terms.trialDays)}-day trial has started and ends on ${day(facts.customer.trialEndsAt)}.`,
      ...(hasInstance(facts.customer.terms)
        ? ["Your instance will be ready in 2-3 minutes. We'll email you when it's ready."]
        : []),
      ...(facts.links.setPassword === undefined
        ? []
        : [
            'Set a password to sign in. The link works once and expires in 24 hours; you can request a new one on the sign-in page.',
          ]),
      'The link "Show my API key" works once and expires in 7 days. You can create more keys on your account page.',
    ],
    actions: (facts) => [
      ...(facts.links.setPassword === undefined ? [] : [setPassword(facts)]),
      { label: 'Show my API key', url: facts.links.revealApiKey ?? `${facts.publicUrl}/account` },
    ],
  },
  ready: {
    subject: () => 'Your instance is ready',
    paragraphs: (facts) => [
      `The instance for ${company(facts)} is ready at ${facts.customer.instanceUrl ?? ''}`,
      ...(isPaying(facts) ? [] : [`Your trial runs until ${day(facts.customer.trialEndsAt)}.`]),
    ],
    actions: ({ publicUrl }) => [{ label: 'Open my instance', url: `${publicUrl}/account/instance` }],
  },
  deploymentFailed: {
    subject: (facts) => `Your ${failedThing(facts)} is not ready yet`,
    paragraphs: (facts) => [
      `We could not set up the ${failedThing(facts)} for ${company(facts)} yet. The problem is on our side, and you have not been charged.`,
      "Our support team has been notified and is working on it. We'll email you when it's ready; there is nothing you need to do.",
    ],
    actions: account,
  },
  onboardingEnded: {
    subject: (facts) => `We could not set up your ${thing(facts)}`,
    paragraphs: (facts) => [
      `We are sorry: we could not set up the ${thing(facts)} for ${company(facts)}, and we have removed everything we created for it.`,
      'You have not been charged, and you are welcome to sign up again with the same address.',
    ],
  },
  trialReminder: {
    subject: ({ details }) =>
      REMINDERS[Number(details['daysLeft'])] ?? `${String(details['daysLeft'])} days left in your trial`,
    paragraphs: (facts) => [
      `The trial for ${company(facts)} ends on ${day(facts.customer.trialEndsAt)}.`,
      `Add a payment method to continue without interruption. Otherwise the ${thing(facts)} becomes read-only when the trial ends.`,
    ],
    actions: upgrade,
  },
  trialExpired: {
    subject: () => 'Trial expired - upgrade to continue',
    paragraphs: (facts) => [
      `The trial for ${company(facts)} has ended. The ${thing(facts)} is read-only for ${String(facts.customer.terms.graceDays)} days and is then suspended.`,
      `Suspended data is kept for ${String(facts.customer.terms.retentionDays)} days. Upgrading restores everything immediately.`,
    ],
    actions: upgrade,
  },
  subscriptionStarted: {
    subject: () => 'Thank you - your subscription has started',
    paragraphs: (facts) => [
      `${company(facts)} is now on the ${facts.customer.plan} plan. You can find your invoices on your account page.`,
    ],
    actions: account,
  },
  paymentFailed: {
    subject: () => 'Your payment failed',
    paragraphs: (facts) => [
      `A payment for ${company(facts)} was declined. We will try again over the next few days; your ${thing(facts)} stays available in the meantime.`,
      'Please check your payment method or add a new one.',
    ],
    actions: account,
  },
  passwordLink: {
    subject: ({ brand }) => `Set your ${brand.name} password`,
    paragraphs: (facts) => [
      `Someone asked to set the password for the ${company(facts)} account.`,
      'The link works once and expires in one hour. If this was not you, ignore this email: your password stays the same.',
    ],
    actions: (facts) => [setPassword(facts)],
  },
  passwordChanged: {
    subject: ({ brand }) => `Your ${brand.name} password was changed`,
    paragraphs: (facts) => [
      `The password for the ${company(facts)} account was changed, and all other sessions were signed out.`,
      'If this was not you, reset your password now and contact support.',
    ],
    actions: ({ publicUrl }) => [{ label: 'Reset my password', url: `${publicUrl}/forgot-password` }],
  },
  apiKeyLink: {
    subject: ({ brand }) => `A new ${brand.name} API key`,
    paragraphs: (facts) => [
      `Support sent you this link to a new API key for ${company(facts)}, as requested.`,
      'The link works once and expires in 7 days. The key is created when you press the button on that page, and is shown only once.',
    ],
    actions: ({ links, publicUrl }) => [
      { label: 'Show my API key', url: links.revealApiKey ?? `${publicUrl}/account` },
    ],
  },
  cancelled: {
    subject: () => 'Your account has been closed',
    paragraphs: (facts) => [
      `The account for ${company(facts)} has been closed, and everything we set up for it has been removed. You will not be charged again.`,
      ...(facts.details['retainUntil'] === undefined
        ? []
        : [
            `A backup of your data is kept until ${day(facts.details['retainUntil'])}; contact us before then if you need it.`,
          ]),
    ],
  },
  erased: {
    subject: () => 'Your account has been erased',
    paragraphs: (facts) => [
      `Your account${hasInstance(facts.customer.terms) ? ', your instance' : ''} and all your data have been erased. We keep only invoices, as required by law.`,
      'This is the last email you will receive from us.',
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
    actions: ({ publicUrl, customer }) => [
      { label: 'Open in the console', url: `${publicUrl}/console/customers/${customer.customerId}` },
    ],
  },
} as const satisfies Record<string, MailTemplate>;
export type SupportMail = keyof typeof SUPPORT_MAILS;

/** An outage of something Tenure depends on. It is nobody's in particular, so it names no customer. */
export interface OutageFacts {
  readonly brand: Brand;
  readonly publicUrl: string;
  readonly outageId: string;
  /** What is away, and why we think so. */
  readonly waitsFor: string;
  readonly errorType: string;
  readonly cause: string;
  readonly suggestedFix: string;
  readonly since: Date;
  /** How many customers' work waits. */
  readonly customers: number;
  readonly resolvedAt: Date | null;
}

const minute = (instant: Date): string => `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const held = ({ customers }: OutageFacts): string =>
  customers === 0
    ? 'No customers are held up so far.'
    : `${String(customers)} ${customers === 1 ? 'customer is' : 'customers are'} held up.`;

export const OUTAGE_MAIL: MailTemplate<OutageFacts> = {
  subject: ({ waitsFor, resolvedAt }) => (resolvedAt ? `Resolved: waiting for ${waitsFor}` : `Waiting for ${waitsFor}`),
  paragraphs: (facts) => [
    `Since ${minute(facts.since)}: ${facts.cause} (${facts.errorType})`,
    facts.resolvedAt ? `It ended at ${minute(facts.resolvedAt)}. All work has resumed.` : held(facts),
    ...(facts.resolvedAt ? [] : [`Suggested: ${facts.suggestedFix}`, 'You will get no other email about this outage.']),
  ],
  actions: ({ publicUrl }) => [{ label: 'Open in the console', url: `${publicUrl}/console` }],
};

/** Customers of whom Postgres, Temporal and Stripe say different things, all in the same way; or who have one trouble. */
export interface DifferenceFacts {
  readonly brand: Brand;
  readonly publicUrl: string;
  readonly title: string;
  readonly cause: string;
  readonly suggestedFix: string;
  readonly since: Date;
  readonly customers: number;
  readonly named: readonly { readonly customerId: string; readonly details: string }[];
}

export const DIFFERENCE_MAIL: MailTemplate<DifferenceFacts> = {
  subject: ({ title, customers }) => `${title} (${String(customers)})`,
  paragraphs: ({ since, cause, suggestedFix, customers, named }) => [
    `Since ${minute(since)}: ${cause}`,
    `Suggested: ${suggestedFix}`,
    ...named.map(({ customerId, details }) => `${customerId || 'No customer in particular'}: ${details}`),
    ...(customers > named.length ? [`And ${String(customers - named.length)} more: see the console.`] : []),
    'You will get no other email about this unless it clears and comes back, or affects others too.',
  ],
  actions: ({ publicUrl }) => [{ label: 'Open in the console', url: `${publicUrl}/console` }],
};
