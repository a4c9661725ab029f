import { coreMail } from './core-mail.ts';
import { company, thing, upgrade } from './words.ts';

export const trialExpired = coreMail({
  subject: 'Trial expired - upgrade to continue',
  paragraphs: (facts) => [
    `The trial for ${company(facts)} has ended. The ${thing(facts)} is read-only for ${String(facts.terms.graceDays)} days and is then suspended.`,
    `Suspended data is kept for ${String(facts.terms.retentionDays)} days. Upgrading restores everything immediately.`,
  ],
  actions: upgrade,
  isOvertaken: ({ phase, trialEndsAt }, now) => phase !== 'trial' || (trialEndsAt?.getTime() ?? 0) > now,
});
