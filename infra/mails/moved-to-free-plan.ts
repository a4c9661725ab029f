import { coreMail } from './core-mail.ts';
import { upgrade } from './words.ts';

export const movedToFreePlan = coreMail({
  subject: ({ customer }) => `You are on the ${customer.planName} plan now`,
  paragraphs: ({ customer }) => [
    `The plan of ${customer.companyName ?? 'your account'} has ended, and nothing more is charged. You go on with the ${customer.planName} plan, which costs nothing.`,
    'Your data stays. What only a paid plan has comes back when you upgrade.',
  ],
  actions: upgrade,
  isOvertaken: ({ phase }) => phase !== 'free',
});
