import type { MailFacts } from '../product/define-mail.ts';
import { coreMail, never } from './core-mail.ts';
import { company, day } from './words.ts';

/** What was paid for days to come. */
const unused = ({ details: { givenBack, kept } }: MailFacts): readonly string[] => {
  if (givenBack !== undefined)
    return [`${String(givenBack)}, which you had paid for the days to come, is refunded to your card.`];
  return kept === undefined ? [] : [`${String(kept)}, which you had paid for the days to come, is not refunded.`];
};

export const cancelled = coreMail<{
  readonly retainUntil: string;
  readonly givenBack?: string;
  readonly kept?: string;
}>({
  subject: 'Your account has been closed',
  paragraphs: (facts) => [
    `The account for ${company(facts)} has been closed, and everything we set up for it has been removed. You will not be charged again.`,
    ...unused(facts),
    ...(facts.details['retainUntil'] === undefined
      ? []
      : [
          `A backup of your data is kept until ${day(facts.details['retainUntil'])}; contact us before then if you need it.`,
        ]),
  ],
  links: ['afterLeaving'],
  actions: ({ links }) => (links.afterLeaving ? [{ label: 'Your invoices', url: links.afterLeaving }] : []),
  isOvertaken: never,
});
