/** Links that work once; what they are is known to the mail alone. */
export type MailLink = 'setPassword' | 'revealApiKey';

/** Every mail that the core sends a customer, with the links that only it carries. */
export const CORE_MAILS = {
  welcome: ['setPassword', 'revealApiKey'],
  ready: [],
  checkoutReminder: [],
  deploymentFailed: [],
  onboardingEnded: [],
  trialReminder: [],
  trialExpired: [],
  movedToFreePlan: [],
  subscriptionStarted: [],
  paymentFailed: [],
  passwordLink: ['setPassword'],
  passwordChanged: [],
  apiKeyLink: ['revealApiKey'],
  cancelled: [],
  erased: [],
} as const satisfies Readonly<Record<string, readonly MailLink[]>>;

export type CoreMail = keyof typeof CORE_MAILS;

export const isCoreMail = (name: string): name is CoreMail => Object.hasOwn(CORE_MAILS, name);
