import { patched } from '@temporalio/workflow';
import { email, support } from './activity-calls/proxies.ts';
import type { AccountMail } from './contract/mails.ts';
import { failureType } from './activity-calls/failure-type.ts';

const SENDERS = {
  passwordLink: email.sendPasswordLinkMail,
  passwordChanged: email.sendPasswordChangedMail,
  apiKeyLink: email.sendApiKeyLinkMail,
} as const;

/** One mail that somebody waits for, whatever the customer's own workflow is busy with. What cannot be sent is an alert. */
export async function accountMail({ mail, customerId, key }: AccountMail): Promise<void> {
  try {
    await SENDERS[mail]({ customerId, key });
  } catch (error) {
    if (!patched('a sign-in mail that cannot be sent is an alert')) throw error;
    const alert = { customerId, kind: `mail: ${mail}`, step: mail, errorType: failureType(error) };
    await support.raiseAlert({ ...alert, key: `${key}:alert`, mailKey: key });
  }
}
