import { coreMail, never } from './core-mail.ts';
import { company, day } from './words.ts';

export const cancelled = coreMail<{ readonly retainUntil: string }>({
  subject: 'Your account has been closed',
  paragraphs: (facts) => [
    `The account for ${company(facts)} has been closed, and everything we set up for it has been removed. You will not be charged again.`,
    ...(facts.details['retainUntil'] === undefined
      ? []
      : [
          `A backup of your data is kept until ${day(facts.details['retainUntil'])}; contact us before then if you need it.`,
        ]),
  ],
  isOvertaken: never,
});
