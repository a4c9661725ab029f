import type { MailAction, MailFacts } from '../product/define-mail.ts';

const LONG_DAY = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
export const day = (instant: string | number | Date | null | undefined): string =>
  instant === null || instant === undefined ? 'soon' : new Date(instant).toLocaleDateString('en-GB', LONG_DAY);

export const company = ({ customer }: MailFacts): string => customer.companyName ?? 'you';

/** Where it can be paid: here with another card, or on Stripe's page, where a bank may want a confirmation. */
export const waysToPay = ({ charge }: MailFacts): readonly MailAction[] => [
  ...account,
  ...(charge?.page === undefined ? [] : [{ label: 'Open the invoice', url: charge.page }]),
];

/** What the customer has: mails to a customer without an instance do not mention one. */
export const thing = ({ customer }: MailFacts): string => (customer.hasInstance ? 'instance' : 'account');

/** The charge that a mail is about, after what it is called; nothing where none is known. */
export const ofCharge = ({ charge }: MailFacts): string =>
  charge === undefined ? '' : ` of ${charge.amount}, due on ${day(charge.at)},`;

export const account: readonly MailAction[] = [{ label: 'Open your account', url: '/account' }];
export const upgrade: readonly MailAction[] = [{ label: 'Upgrade', url: '/account' }];
export const setPassword = ({ links }: MailFacts): MailAction => ({
  label: 'Set my password',
  url: links.setPassword ?? '/forgot-password',
});
