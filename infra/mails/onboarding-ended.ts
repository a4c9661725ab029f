import { coreMail, never } from './core-mail.ts';
import { company, thing } from './words.ts';

export const onboardingEnded = coreMail({
  subject: (facts) => `We could not set up your ${thing(facts)}`,
  paragraphs: (facts) => [
    `We are sorry: we could not set up the ${thing(facts)} for ${company(facts)}, and we have removed everything we created for it.`,
    'You have not been charged, and you are welcome to sign up again with the same address.',
  ],
  isOvertaken: never,
});
