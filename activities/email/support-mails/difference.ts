import type { Mail, MailFacts } from '../../../infra/product/define-mail.ts';
import { minute } from './words.ts';

/** Customers about whom Postgres, Temporal and Stripe disagree, all in the same way; or who have the same problem. */
export interface DifferenceFacts extends Pick<MailFacts, 'brand' | 'publicUrl'> {
  readonly title: string;
  readonly cause: string;
  readonly suggestedFix: string;
  readonly since: Date;
  readonly customers: number;
  readonly named: readonly { readonly customerId: string; readonly details: string }[];
}

export const DIFFERENCE_MAIL: Mail<DifferenceFacts> = {
  subject: ({ title, customers }) => (customers === 0 ? title : `${title} (${String(customers)})`),
  paragraphs: ({ since, cause, suggestedFix, customers, named }) => [
    `Since ${minute(since)}: ${cause}`,
    `Suggested: ${suggestedFix}`,
    ...named.map(({ customerId, details }) => `${customerId || 'No customer in particular'}: ${details}`),
    ...(customers > named.length ? [`And ${String(customers - named.length)} more: see the console.`] : []),
    'You will not get another email about this unless it clears and comes back, or affects others too.',
  ],
  actions: [{ label: 'Open in the console', url: '/console' }],
};
