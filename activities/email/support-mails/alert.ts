import type { Mail, MailFacts } from '../../../infra/product/define-mail.ts';

/** The mail to support about a customer: ids and causes, no personal data. */
export interface AlertFacts extends Pick<MailFacts, 'brand' | 'publicUrl' | 'details'> {
  readonly customerId: string;
}

export const ALERT_MAIL: Mail<AlertFacts> = {
  subject: ({ customerId, details }) => `Needs attention: ${String(details['step'])} of ${customerId}`,
  paragraphs: ({ details }) => [
    `Cause: ${String(details['cause'])} (${String(details['errorType'])})`,
    `Suggested: ${String(details['suggestedFix'])}`,
  ],
  actions: ({ customerId }) => [{ label: 'Open in the console', url: `/console/customers/${customerId}` }],
};
