import { isOwing } from '../../workflows/domain/billing-state.ts';
import { coreMail } from './core-mail.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { account, company, day, ofCharge, thing } from './words.ts';

/** What follows if nothing is paid: the dates are known once it is a subscription. */
const unlessPaid = (facts: MailFacts): readonly string[] => {
  const { read_only: readOnly, suspend, leave, free_plan: freePlan } = facts.details;
  if (freePlan !== undefined)
    return [`If it is not paid, you move to the free plan on ${day(freePlan)} at the latest.`];
  if (readOnly === undefined) return [];
  return [
    `If it is not paid, your ${thing(facts)} becomes read-only on ${day(readOnly)}, is suspended on ${day(suspend)}, and is removed on ${day(leave)}. All of this comes earlier if our last try fails before then; we tell you each date.`,
  ];
};

export const paymentFailed = coreMail<{
  readonly read_only?: string;
  readonly suspend?: string;
  readonly leave?: string;
  readonly free_plan?: string;
}>({
  subject: 'Your payment failed',
  paragraphs: (facts) =>
    facts.customer.isPaying
      ? [
          `A payment${ofCharge(facts)} for ${company(facts)} was declined. We will try again over the next few days; your ${thing(facts)} stays available in the meantime.`,
          ...unlessPaid(facts),
          'Please check your payment method, or pay with another one on your account page.',
        ]
      : [
          `The payment${ofCharge(facts)} to upgrade ${company(facts)} was declined, so nothing was charged and the upgrade did not go through.`,
          'Please pay with another card on your account page. Everything is restored as soon as the payment succeeds.',
        ],
  actions: account,
  isOvertaken: ({ subscriptionStatus }) => !isOwing(subscriptionStatus),
});
