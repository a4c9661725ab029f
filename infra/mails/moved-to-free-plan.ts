import { coreMail } from './core-mail.ts';
import { upgrade } from './words.ts';

export const movedToFreePlan = coreMail({
  subject: ({ customer }) => `You are now on the ${customer.planName} plan`,
  paragraphs: ({ customer }) => [
    `The paid plan for ${customer.companyName ?? 'your account'} has ended, and you will not be charged again. You are now on the ${customer.planName} plan.`,
    'Your data is kept. The features of a paid plan come back when you upgrade.',
  ],
  actions: upgrade,
  isOvertaken: ({ phase }) => phase !== 'free',
});
