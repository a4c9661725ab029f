import { email, support } from './activity-calls/proxies.ts';
import type { OwedMail } from './contract/mails.ts';
import { failureType } from './activity-calls/failure-type.ts';

/**
 * A mail that could not be sent when it was due: it goes out when the mail service works again, unless it no longer
 * applies.
 */
export async function owedMail({ customerId, emailId }: OwedMail): Promise<void> {
  const kind = `mail: ${emailId}`;
  try {
    await email.sendOwedMail({ customerId, emailId });
    await support.resolveAlert({ customerId, kind, emailId });
  } catch (error) {
    const errorType = failureType(error);
    await support.raiseAlert({ customerId, kind, step: 'mail', errorType, key: `${kind}:alert`, emailId });
  }
}
