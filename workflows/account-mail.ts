import { email } from './activity-proxies.ts';
import type { AccountMail } from './contract.ts';

const SENDERS = {
  passwordLink: email.sendPasswordLinkMail,
  passwordChanged: email.sendPasswordChangedMail,
  apiKeyLink: email.sendApiKeyLinkMail,
} as const;

/** One mail that somebody waits for, whatever the customer's own workflow is busy with. */
export async function accountMail({ mail, customerId, key }: AccountMail): Promise<void> {
  await SENDERS[mail]({ customerId, key });
}
