import { isOwing } from '../../workflows/domain/billing-state.ts';
import { coreMail } from './core-mail.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { company, day, ofCharge, thing, waysToPay } from './words.ts';

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

const declined = (facts: MailFacts): readonly string[] => [
  `A payment${ofCharge(facts)} for ${company(facts)} was declined. We will try again over the next few days; your ${thing(facts)} stays available in the meantime.`,
  'Please check your payment method, or pay with another one on your account page. If your bank wants you to confirm the payment, open the invoice.',
];

/** Nothing is charged by itself where invoices are sent. */
const notPaid = (facts: MailFacts): readonly string[] => [
  `The invoice${ofCharge(facts)} for ${company(facts)} has not been paid in time. Please pay it; your ${thing(facts)} stays available in the meantime.`,
];

export const paymentFailed = coreMail<{
  readonly read_only?: string;
  readonly suspend?: string;
  readonly leave?: string;
  readonly free_plan?: string;
  /** `yes`, or empty. */
  readonly invoiced?: string;
}>({
  subject: 'Your payment failed',
  paragraphs: (facts) =>
    facts.customer.isPaying
      ? [...(facts.details['invoiced'] === 'yes' ? notPaid(facts) : declined(facts)), ...unlessPaid(facts)]
      : [
          `The payment${ofCharge(facts)} to upgrade ${company(facts)} was declined, so nothing was charged and the upgrade did not go through.`,
          'Please pay with another card on your account page. Everything is restored as soon as the payment succeeds.',
        ],
  actions: waysToPay,
  isOvertaken: ({ subscriptionStatus }) => !isOwing(subscriptionStatus),
});
