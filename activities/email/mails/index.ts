import type { Mail } from '../../../infra/product/define-mail.ts';
import type { CoreMail } from '../../../workflows/domain/mails.ts';
import { apiKeyLink } from './api-key-link.ts';
import { cancelled } from './cancelled.ts';
import { checkoutReminder } from './checkout-reminder.ts';
import { deploymentFailed } from './deployment-failed.ts';
import { erased } from './erased.ts';
import { movedToFreePlan } from './moved-to-free-plan.ts';
import { onboardingEnded } from './onboarding-ended.ts';
import { passwordChanged } from './password-changed.ts';
import { passwordLink } from './password-link.ts';
import { paymentFailed } from './payment-failed.ts';
import { ready } from './ready.ts';
import { subscriptionStarted } from './subscription-started.ts';
import { trialExpired } from './trial-expired.ts';
import { trialReminder } from './trial-reminder.ts';
import { welcome } from './welcome.ts';

/** Every mail that the core sends a customer; the subjects of the trial are those of the products that Tenure follows. */
export const CUSTOMER_MAILS = {
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
  passwordLink,
  passwordChanged,
  apiKeyLink,
  cancelled,
  erased,
} as const satisfies Record<CoreMail, Mail>;

export type CustomerMail = keyof typeof CUSTOMER_MAILS;
