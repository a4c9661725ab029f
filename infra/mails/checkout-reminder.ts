import { coreMail, never } from './core-mail.ts';

export const checkoutReminder = coreMail({
  subject: ({ brand }) => `Finish signing up for ${brand.name}`,
  paragraphs: ({ brand, customer }) => [
    `You started to sign up for the ${customer.planName} plan of ${brand.name}, and did not finish. Nothing has been charged.`,
    'You can go on where you left off. If it was not you, or you have changed your mind, there is nothing to do: we forget this soon.',
  ],
  actions: ({ details }) => [{ label: 'Go on', url: String(details['resumeUrl'] ?? '/') }],
  isOvertaken: never,
});
