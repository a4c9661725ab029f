import { coreMail } from './core-mail.ts';
import { account } from './words.ts';

export const subscriptionStarted = coreMail({
  subject: 'Thank you - your subscription has started',
  paragraphs: (facts) => [
    `${facts.customer.companyName ?? 'Your account'} is now on the ${facts.customer.planName} plan. You can find your invoices on your account page.`,
  ],
  actions: account,
});
