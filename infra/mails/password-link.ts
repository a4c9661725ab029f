import { coreMail, isGone } from './core-mail.ts';
import { company, setPassword } from './words.ts';

export const passwordLink = coreMail({
  subject: ({ brand }) => `Set your ${brand.name} password`,
  paragraphs: (facts) => [
    `Someone asked to set the password for the ${company(facts)} account.`,
    'The link works once and expires in one hour. If this was not you, ignore this email: your password stays the same.',
  ],
  actions: (facts) => [setPassword(facts)],
  links: ['setPassword'],
  isOvertaken: isGone,
});
