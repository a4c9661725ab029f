import { apiKeyLink } from './api-key-link.ts';
import { cancelled } from './cancelled.ts';
import { checkoutReminder } from './checkout-reminder.ts';
import type { CoreMailDefinition } from './core-mail.ts';
import { deploymentFailed } from './deployment-failed.ts';
import { erased } from './erased.ts';
import { movedToFreePlan } from './moved-to-free-plan.ts';
import { onboardingEnded } from './onboarding-ended.ts';
import { passwordChanged } from './password-changed.ts';
import { passwordLink } from './password-link.ts';
import { paymentFailed } from './payment-failed.ts';
import { paymentOverdue } from './payment-overdue.ts';
import { planChanged } from './plan-changed.ts';
import { planEnds } from './plan-ends.ts';
import { planPaused } from './plan-paused.ts';
import { ready } from './ready.ts';
import { subscriptionStarted } from './subscription-started.ts';
import { trialExpired } from './trial-expired.ts';
import { trialReminder } from './trial-reminder.ts';
import { welcome } from './welcome.ts';

/**
 * Every mail that the core sends a customer; each is an activity of its own, made of this table. The subjects of the trial
 * are those of the products that Tenure follows.
 */
export const CORE_MAILS = {
  welcome,
  ready,
  checkoutReminder,
  deploymentFailed,
  onboardingEnded,
  trialReminder,
  trialExpired,
  movedToFreePlan,
  subscriptionStarted,
  paymentFailed,
  paymentOverdue,
  planChanged,
  planEnds,
  planPaused,
  passwordLink,
  passwordChanged,
  apiKeyLink,
  cancelled,
  erased,
} as const satisfies Readonly<Record<string, CoreMailDefinition>>;

export type CoreMailName = keyof typeof CORE_MAILS;

/** The input of the mail besides the customer. */
export type AboutOf<Name extends CoreMailName> = NonNullable<(typeof CORE_MAILS)[Name]['about']>;

/** The mail of the core of that name, if there is one. */
export const findCoreMail = (name: string): CoreMailDefinition | undefined =>
  Object.hasOwn(CORE_MAILS, name) ? CORE_MAILS[name as CoreMailName] : undefined;
