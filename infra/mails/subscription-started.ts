import { coreMail } from './core-mail.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { account, day } from './words.ts';

const paid = ({ charge }: MailFacts): string =>
  charge === undefined ? '' : ` You paid ${charge.amount} on ${day(charge.at)}.`;

export const subscriptionStarted = coreMail({
  subject: 'Thank you - your subscription has started',
  paragraphs: (facts) => [
    `${facts.customer.companyName ?? 'Your account'} is now on the ${facts.customer.planName} plan.${paid(facts)} You can find your invoices on your account page.`,
  ],
  actions: account,
});
