import type { MailFacts } from '../product/define-mail.ts';
import { coreMail } from './core-mail.ts';
import { account, company, day } from './words.ts';

function whenItBegins({ customer: { planName, planAhead } }: MailFacts): string {
  if (planAhead === undefined) return `is now on the ${planName} plan`;
  return `moves to the ${planAhead.name} plan on ${day(planAhead.from)}`;
}

function whatItCosts(facts: MailFacts): string {
  const { planAhead } = facts.customer;
  if (planAhead !== undefined) return `Until then nothing changes. From then on it costs ${planAhead.price}.`;
  const { charged } = facts.details;
  return charged
    ? `${String(charged)} was charged for the time until your next payment.`
    : 'Nothing was charged for the change.';
}

/** To a customer who has chosen another plan, or another billing cycle. */
export const planChanged = coreMail<{
  /** What was charged at once, such as `12.00 USD`; empty: nothing. */
  readonly charged: string;
}>({
  subject: ({ customer: { planName, planAhead } }) =>
    planAhead === undefined
      ? `You are now on the ${planName} plan`
      : `You move to the ${planAhead.name} plan on ${day(planAhead.from)}`,
  paragraphs: (facts) => [
    `${company(facts)} ${whenItBegins(facts)}.`,
    whatItCosts(facts),
    'If you did not ask for this, change your password on your account page and tell us.',
  ],
  actions: account,
});
