import type { MailFacts } from '../product/define-mail.ts';
import { coreMail } from './core-mail.ts';
import { company, day, thing } from './words.ts';

const isOrdered = ({ details }: MailFacts): boolean => details['ordered'] === 'yes';

function whatFollows(facts: MailFacts): string {
  const { customer, terms } = facts;
  if (terms.freePlan) return 'After that you move to the free plan, and keep your data.';
  if (!isOrdered(facts))
    return `After that your ${thing(facts)} is read-only, and it is removed ${String(terms.graceDays + terms.retentionDays)} days later, unless you subscribe again.`;
  const backup = customer.hasInstance ? ` A backup of your data is kept for ${String(terms.retentionDays)} days.` : '';
  return `After that your account is closed.${backup}`;
}

/** To a customer who is to leave with their trial or with what is paid, and to one whose subscription somebody ends in Stripe. */
export const planEnds = coreMail<{
  readonly endsAt: string;
  /** `yes`, or empty: it was ordered in Stripe and not here. */
  readonly ordered: string;
}>({
  subject: ({ details }) => `Your plan ends on ${day(details['endsAt'])}`,
  paragraphs: (facts) => {
    const on = day(facts.details['endsAt']);
    return [
      isOrdered(facts)
        ? `The plan of ${company(facts)} has been cancelled. It ends on ${on}; nothing changes until then.`
        : `The subscription of ${company(facts)} is set to end on ${on}.`,
      whatFollows(facts),
      'You can keep your plan on your account page.',
    ];
  },
  actions: [{ label: 'Keep my plan', url: '/account' }],
});
