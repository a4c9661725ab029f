import type { Mail, MailFacts } from '../../../infra/product/define-mail.ts';
import { minute } from './words.ts';

/** An outage of something Tenure depends on. It names no customer, because it is about nobody in particular. */
export interface OutageFacts extends Pick<MailFacts, 'brand' | 'publicUrl'> {
  readonly outageId: string;
  /** What is away, and why we think so. */
  readonly waitsFor: string;
  readonly errorType: string;
  readonly cause: string;
  readonly suggestedFix: string;
  readonly since: Date;
  /** How many customers are waiting. */
  readonly customers: number;
  readonly resolvedAt: Date | null;
}

const held = ({ customers }: OutageFacts): string =>
  customers === 0
    ? 'No customers are held up so far.'
    : `${String(customers)} ${customers === 1 ? 'customer is' : 'customers are'} held up.`;

export const OUTAGE_MAIL: Mail<OutageFacts> = {
  subject: ({ waitsFor, resolvedAt }) => (resolvedAt ? `Resolved: waiting for ${waitsFor}` : `Waiting for ${waitsFor}`),
  paragraphs: (facts) => [
    `Since ${minute(facts.since)}: ${facts.cause} (${facts.errorType})`,
    facts.resolvedAt ? `It ended at ${minute(facts.resolvedAt)}. All work has resumed.` : held(facts),
    ...(facts.resolvedAt
      ? []
      : [`Suggested: ${facts.suggestedFix}`, 'You will not get another email about this outage.']),
  ],
  actions: [{ label: 'Open in the console', url: '/console' }],
};
