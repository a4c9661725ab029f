/** A mail about a customer's sign-in, sent at any time of their life by the workflow `accountMail`. */
export const ACCOUNT_MAIL = 'accountMail';

export interface AccountMail {
  readonly customerId: string;
  readonly mail: 'passwordLink' | 'passwordChanged' | 'apiKeyLink';
  /** One mail per key, for ever. */
  readonly key: string;
}

export const accountMailWorkflowId = (key: string): string => `account-mail/${key}`;

/** A mail that the mail service did not accept when it was due, sent by the workflow `owedMail`. */
export const OWED_MAIL = 'owedMail';

export interface OwedMail {
  readonly customerId: string;
  readonly emailId: string;
}

export const owedMailWorkflowId = (customerId: string, emailId: string): string => `mail/${customerId}/${emailId}`;
