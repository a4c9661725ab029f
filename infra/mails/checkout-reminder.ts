import { coreMail, never } from './core-mail.ts';

export const checkoutReminder = coreMail({
  subject: ({ brand }) => `Finish signing up for ${brand.name}`,
  paragraphs: ({ brand, customer }) => [
    `You started signing up for the ${customer.planName} plan of ${brand.name} but did not finish. You have not been charged.`,
    'You can continue where you left off. If this was not you, or you have changed your mind, you can ignore this email: we will soon delete what was entered.',
  ],
  actions: ({ details }) => [{ label: 'Continue', url: String(details['resumeUrl'] ?? '/') }],
  isOvertaken: never,
});
