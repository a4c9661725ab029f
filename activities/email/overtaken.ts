import type { Customer } from '../../infra/db/repositories/customers.ts';
import { isCoreMail, type CoreMail } from '../../workflows/domain/mails.ts';
import { daysUntil } from '../../workflows/domain/time.ts';
import type { MailFacts } from '../../infra/product/define-mail.ts';

type Question = (customer: Customer, now: number) => boolean;

const never: Question = () => false;
const hasLeft: Question = ({ phase }) => phase === 'cancellation' || phase === 'ended';
/** Until then they sign in: to take their data, to come back. */
const isGone: Question = ({ phase }) => phase === 'ended';
const IN_DEBT: ReadonlySet<string> = new Set(['past_due', 'unpaid', 'incomplete']);

/** When a mail that could not be sent at its time is not owed any more. `now` is the customer's own. */
const OVERTAKEN: Record<CoreMail, Question> = {
  welcome: hasLeft,
  ready: hasLeft,
  checkoutReminder: never,
  deploymentFailed: ({ standing }) => standing !== 'failed',
  onboardingEnded: never,
  trialReminder: ({ phase, trialEndsAt }, now) => phase !== 'trial' || (trialEndsAt?.getTime() ?? 0) <= now,
  trialExpired: ({ phase, trialEndsAt }, now) => phase !== 'trial' || (trialEndsAt?.getTime() ?? 0) > now,
  movedToFreePlan: ({ phase }) => phase !== 'free',
  subscriptionStarted: hasLeft,
  paymentFailed: ({ subscriptionStatus }) => !IN_DEBT.has(subscriptionStatus),
  passwordLink: isGone,
  passwordChanged: never,
  apiKeyLink: isGone,
  cancelled: never,
  erased: never,
};

const nowOf = ({ clockOffsetMs }: Customer): number => Date.now() + clockOffsetMs;

/** A mail of a product's own is for customers who have not left. */
export const isOvertaken = (mail: string, customer: Customer): boolean =>
  (isCoreMail(mail) ? OVERTAKEN[mail] : hasLeft)(customer, nowOf(customer));

/** What a late mail says differently: the days that are really left. */
export function detailsWhenLate(mail: string, customer: Customer, details: MailFacts['details']): MailFacts['details'] {
  if (mail !== 'trialReminder' || customer.trialEndsAt === null) return details;
  return { ...details, daysLeft: daysUntil(customer.trialEndsAt.getTime(), nowOf(customer)) };
}
