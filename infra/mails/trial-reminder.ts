import { coreMail } from './core-mail.ts';
import type { Charge } from '../product/define-mail.ts';
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

export const trialReminder = coreMail<{ readonly daysLeft: number }>({
  subject: ({ details }) =>
    REMINDERS[Number(details['daysLeft'])] ?? `${String(details['daysLeft'])} days left in your trial`,
  paragraphs: (facts) => [
    `The trial for ${company(facts)} ends on ${day(facts.customer.trialEndsAt)}.`,
    ...(facts.charge === undefined ? [] : [`Your plan costs ${price(facts.charge)}. ${first(facts.charge)}`]),
    facts.terms.freePlan === undefined
      ? `Add a payment method to continue without interruption. Otherwise the ${thing(facts)} becomes read-only when the trial ends.`
      : 'Add a payment method to keep everything in your plan. Otherwise you will move to the free plan when the trial ends.',
  ],
  actions: upgrade,
  isOvertaken: ({ phase, trialEndsAt }, now) => phase !== 'trial' || (trialEndsAt?.getTime() ?? 0) <= now,
});
