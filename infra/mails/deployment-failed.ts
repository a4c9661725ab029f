import { coreMail } from './core-mail.ts';
import type { FailedPart } from '../../workflows/domain/steps.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { account, company, thing } from './words.ts';

const failedThing = (facts: MailFacts): string =>
  facts.details['part'] === 'billing' ? 'billing account' : thing(facts);

export const deploymentFailed = coreMail<{ readonly part: FailedPart }>({
  subject: (facts) => `Your ${failedThing(facts)} is not ready yet`,
  paragraphs: (facts) => [
    `We could not set up the ${failedThing(facts)} for ${company(facts)} yet. The problem is on our side, and you have not been charged.`,
    "Our support team has been notified and is working on it. We'll email you when it's ready; there is nothing you need to do.",
  ],
  actions: account,
  isOvertaken: ({ standing }) => standing !== 'failed',
});
