import { coreMail } from './core-mail.ts';
import type { MailFacts } from '../product/define-mail.ts';
import { trialAgenda, type TrialDuty } from '../../workflows/domain/trial.ts';
import { company, day, thing, upgrade } from './words.ts';

/** When it comes, as the account page says it too. */
function dated({ customer: { trialEndsAt }, terms }: MailFacts, duty: TrialDuty): string {
  if (trialEndsAt === null) return '';
  const agenda = trialAgenda({ ...terms, reminderDaysBeforeEnd: [] }, trialEndsAt.toISOString());
  const due = agenda.find((one) => one.duty === duty);
  return due ? `, on ${day(due.at)}` : '';
}

export const trialExpired = coreMail({
  subject: 'Trial expired - upgrade to continue',
  paragraphs: (facts) => [
    `The trial for ${company(facts)} has ended. The ${thing(facts)} is read-only for ${String(facts.terms.graceDays)} days and is then suspended${dated(facts, 'suspend')}.`,
    `Suspended data is kept for ${String(facts.terms.retentionDays)} days; then the ${thing(facts)} is removed${dated(facts, 'leave')}. Until then upgrading restores everything immediately.`,
  ],
  actions: upgrade,
  isOvertaken: ({ phase, trialEndsAt }, now) => phase !== 'trial' || (trialEndsAt?.getTime() ?? 0) > now,
});
