import { coreMail } from './core-mail.ts';
import { company, day } from './words.ts';

export const ready = coreMail({
  subject: 'Your instance is ready',
  paragraphs: (facts) => [
    `The instance for ${company(facts)} is ready at ${facts.customer.instanceUrl ?? ''}`,
    ...(facts.customer.isPaying || facts.customer.trialEndsAt === null
      ? []
      : [`Your trial runs until ${day(facts.customer.trialEndsAt)}.`]),
  ],
  actions: [{ label: 'Open my instance', url: '/account/instance' }],
});
