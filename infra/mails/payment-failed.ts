import { isOwing } from '../../workflows/domain/billing-state.ts';
import { coreMail } from './core-mail.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { account, company, day, thing } from './words.ts';

const ofCharge = ({ charge }: MailFacts): string =>
  charge === undefined ? '' : ` of ${charge.amount}, due on ${day(charge.at)},`;

export const paymentFailed = coreMail({
  subject: 'Your payment failed',
  paragraphs: (facts) =>
    facts.customer.isPaying
      ? [
          `A payment${ofCharge(facts)} for ${company(facts)} was declined. We will try again over the next few days; your ${thing(facts)} stays available in the meantime.`,
          'Please check your payment method or add a new one.',
        ]
      : [
          `The payment${ofCharge(facts)} to upgrade ${company(facts)} was declined, so nothing was charged and the upgrade did not go through.`,
          'Please pay with another card on your account page. Everything is restored as soon as the payment succeeds.',
        ],
  actions: account,
  isOvertaken: ({ subscriptionStatus }) => !isOwing(subscriptionStatus),
});
