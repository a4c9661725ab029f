import { coreMail, never } from './core-mail.ts';

export const erased = coreMail({
  subject: 'Your account has been erased',
  paragraphs: (facts) => [
    `Your account${facts.customer.hasInstance ? ', your instance' : ''} and all your data have been erased. We keep only invoices, as required by law.`,
    'This is the last email you will receive from us.',
  ],
  isOvertaken: never,
  isOwed: false,
});
