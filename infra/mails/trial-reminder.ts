import { coreMail } from './core-mail.ts';
import type { Charge, MailFacts } from '../product/define-mail.ts';
import { company, day, thing, upgrade } from './words.ts';

const REMINDERS: Readonly<Record<number, string>> = {
  1: '1 day left in your trial',
  2: '2 days left - time to upgrade!',
};

const price = ({ amount, per, withoutDiscount: full = amount }: Charge): string =>
  per === undefined ? full : `${full} ${per}`;

const first = ({ amount, at, withoutDiscount: full }: Charge): string =>
  full === undefined
    ? `The first payment is on ${day(at)}.`
    : `With your discount the first payment is ${amount}, on ${day(at)}.`;

/** What somebody changed in Stripe is not in the price of the plan. */
function payment({ charge, details: { charged } }: MailFacts): readonly string[] {
  if (charge === undefined) return [];
  const paid = charged === undefined ? first(charge) : `The first payment is ${String(charged)}, on ${day(charge.at)}.`;
  return [`Your plan costs ${price(charge)}. ${paid}`];
}

export const trialReminder = coreMail<{ readonly daysLeft: number; readonly charged?: string }>({
  subject: ({ details }) =>
    REMINDERS[Number(details['daysLeft'])] ?? `${String(details['daysLeft'])} days left in your trial`,
  paragraphs: (facts) => [
    `The trial for ${company(facts)} ends on ${day(facts.customer.trialEndsAt)}.`,
    ...payment(facts),
    facts.terms.freePlan === undefined
      ? `Add a payment method to continue without interruption. Otherwise the ${thing(facts)} becomes read-only when the trial ends.`
      : 'Add a payment method to keep everything in your plan. Otherwise you will move to the free plan when the trial ends.',
  ],
  actions: upgrade,
  isOvertaken: ({ phase, trialEndsAt }, now) => phase !== 'trial' || (trialEndsAt?.getTime() ?? 0) <= now,
});
