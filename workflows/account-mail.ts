import { email } from './activity-proxies.ts';
import type { AccountMail } from './contract.ts';

/** One mail that somebody waits for, whatever the customer's own workflow is busy with. */
export async function accountMail({ mail, customerId, key }: AccountMail): Promise<void> {
  const send = { passwordLink: email.sendPasswordLinkMail, passwordChanged: email.sendPasswordChangedMail }[mail];
  await send({ customerId, key });
}
