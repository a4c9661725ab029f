import { coreMail, never } from './core-mail.ts';
import { company } from './words.ts';

export const passwordChanged = coreMail({
  subject: ({ brand }) => `Your ${brand.name} password was changed`,
  paragraphs: (facts) => [
    `The password for the ${company(facts)} account was changed, and all other sessions were signed out.`,
    'If this was not you, reset your password now and contact support.',
  ],
  actions: [{ label: 'Reset my password', url: '/forgot-password' }],
  isOvertaken: never,
});
