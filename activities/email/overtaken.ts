import type { Customer } from '../../infra/db/repositories/customers.ts';
import { hasLeft } from '../../infra/mails/core-mail.ts';
import { findCoreMail } from '../../infra/mails/index.ts';
import type { MailFacts } from '../../infra/product/define-mail.ts';
import { daysUntil } from '../../workflows/domain/time.ts';

const nowOf = ({ clockOffsetMs }: Customer): number => Date.now() + clockOffsetMs;

/**
 * Whether a mail that could not be sent when it was due no longer applies. A product's own mail applies until the
 * customer has left.
 */
export const isOvertaken = (mail: string, customer: Customer): boolean =>
  (findCoreMail(mail)?.isOvertaken ?? hasLeft)(customer, nowOf(customer));

/** What a late mail says differently: the days that are really left. */
export function detailsWhenLate(mail: string, customer: Customer, details: MailFacts['details']): MailFacts['details'] {
  if (mail !== 'trialReminder' || customer.trialEndsAt === null) return details;
  return { ...details, daysLeft: daysUntil(customer.trialEndsAt.getTime(), nowOf(customer)) };
}
