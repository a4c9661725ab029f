import type { MailFacts } from '../product/define-mail.ts';
import { coreMail, hasLeft } from './core-mail.ts';
import { account, company, day, thing } from './words.ts';

const isOver = ({ details }: MailFacts): boolean => details['until'] === '';

/** To a customer who pauses their plan, or goes on with it. */
export const planPaused = coreMail<{
  /** From when nothing is charged. ISO 8601; empty, as `until`, when the pause is over. */
  readonly from: string;
  /** When they are charged again. ISO 8601. */
  readonly until: string;
}>({
  subject: (facts) =>
    isOver(facts) ? 'Your plan continues' : `Your plan is paused from ${day(facts.details['from'])} on`,
  paragraphs: (facts) => {
    const { from, until } = facts.details;
    if (isOver(facts))
      return [`The plan of ${company(facts)} is not paused any more. Your ${thing(facts)} is back within a minute.`];
    return [
      `The plan of ${company(facts)} is paused from ${day(from)} on. Until then nothing changes; from then on nothing is charged, and your ${thing(facts)} is read-only. Your data is kept.`,
      `It continues on ${day(until)}, when you are charged again. You can end the pause earlier on your account page.`,
    ];
  },
  actions: account,
  isOvertaken: hasLeft,
});
