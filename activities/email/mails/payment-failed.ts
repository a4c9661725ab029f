import { defineMail } from '../../../infra/product/define-mail.ts';
import { account, company, thing } from './words.ts';

export const paymentFailed = defineMail({
  subject: 'Your payment failed',
  paragraphs: (facts) => [
    `A payment for ${company(facts)} was declined. We will try again over the next few days; your ${thing(facts)} stays available in the meantime.`,
    'Please check your payment method or add a new one.',
  ],
  actions: account,
});
