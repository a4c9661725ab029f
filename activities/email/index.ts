import type { FailedPart } from '../../workflows/domain/onboarding-plan.ts';
import type { Mailer } from './mailer.ts';

interface MailInput {
  readonly customerId: string;
  readonly key: string;
}

/** One activity a mail, so that history says which mail it was. Each goes out once per key. */
export function createEmailActivities({ mailer }: { readonly mailer: Mailer }) {
  return {
    sendWelcomeMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('welcome', input),
    sendReadyMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('ready', input),
    sendDeploymentFailedMail: ({ part, ...input }: MailInput & { readonly part: FailedPart }): Promise<void> =>
      mailer.sendToCustomer('deploymentFailed', { ...input, details: { part } }),
    sendOnboardingEndedMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('onboardingEnded', input),
    sendTrialReminderMail: ({ daysLeft, ...input }: MailInput & { readonly daysLeft: number }): Promise<void> =>
      mailer.sendToCustomer('trialReminder', { ...input, details: { daysLeft } }),
    sendTrialExpiredMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('trialExpired', input),
    sendSubscriptionStartedMail: (input: MailInput): Promise<void> =>
      mailer.sendToCustomer('subscriptionStarted', input),
    sendPaymentFailedMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('paymentFailed', input),
    sendPasswordLinkMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('passwordLink', input),
    sendPasswordChangedMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('passwordChanged', input),
    sendCancelledMail: ({ retainUntil, ...input }: MailInput & { readonly retainUntil: string }): Promise<void> =>
      mailer.sendToCustomer('cancelled', { ...input, details: { retainUntil } }),
    sendErasedMail: (input: MailInput): Promise<void> => mailer.sendToCustomer('erased', input),
  };
}

export type EmailActivities = ReturnType<typeof createEmailActivities>;
