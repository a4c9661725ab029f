import { isOwing } from '../../workflows/domain/billing-state.ts';
import { coreMail } from './core-mail.ts';
import { account, company, thing } from './words.ts';

export const paymentFailed = coreMail({
  subject: 'Your payment failed',
  paragraphs: (facts) =>
    facts.customer.isPaying
      ? [
          `A payment for ${company(facts)} was declined. We will try again over the next few days; your ${thing(facts)} stays available in the meantime.`,
          'Please check your payment method or add a new one.',
        ]
      : [
          `The payment to upgrade ${company(facts)} was declined, so nothing was charged and the upgrade did not go through.`,
          'Please pay with another card on your account page. Everything is restored as soon as the payment succeeds.',
        ],
  actions: account,
  isOvertaken: ({ subscriptionStatus }) => !isOwing(subscriptionStatus),
});
