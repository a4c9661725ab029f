import { coreMail, isGone } from './core-mail.ts';
import { company } from './words.ts';

export const apiKeyLink = coreMail({
  subject: ({ brand }) => `A new ${brand.name} API key`,
  paragraphs: (facts) => [
    `Support sent you this link to a new API key for ${company(facts)}, as requested.`,
    'The link works once and expires in 7 days. The key is created when you press the button on that page, and is shown only once.',
  ],
  actions: ({ links }) => [{ label: 'Show my API key', url: links.revealApiKey ?? '/account' }],
  links: ['revealApiKey'],
  isOvertaken: isGone,
});
