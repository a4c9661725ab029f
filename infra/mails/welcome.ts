import { coreMail } from './core-mail.ts';
import { day, setPassword } from './words.ts';

export const welcome = coreMail({
  subject: ({ brand }) => `Welcome to ${brand.name}`,
  paragraphs: (facts) => [
    facts.terms.trialDays === 0
      ? `Welcome. You are on the ${facts.customer.planName} plan. It costs nothing.`
      : `Welcome. Your ${String(facts.terms.trialDays)}-day trial has started and ends on ${day(facts.customer.trialEndsAt)}.`,
    ...(facts.customer.hasInstance
      ? ["Your instance will be ready in 2-3 minutes. We'll email you when it's ready."]
      : []),
    ...(facts.links.setPassword === undefined
      ? []
      : [
          'Set a password to sign in. The link works once and expires in 24 hours; you can request a new one on the sign-in page.',
        ]),
    'The link "Show my API key" works once and expires in 7 days. You can create more keys on your account page.',
  ],
  actions: (facts) => [
    ...(facts.links.setPassword === undefined ? [] : [setPassword(facts)]),
    { label: 'Show my API key', url: facts.links.revealApiKey ?? '/account' },
  ],
  links: ['setPassword', 'revealApiKey'],
});
