import { support } from './activity-proxies.ts';
import type { Desk } from './desk.ts';
import { failureType } from './failure-type.ts';

/** Sends a mail that is owed but must not stop the customer's life: what cannot be sent becomes an alert. */
export async function tell(desk: Desk, mail: string, send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const { customerId } = desk;
    await support.raiseAlert({
      customerId,
      kind: `mail: ${mail}`,
      step: mail,
      errorType: failureType(error),
      key: `${customerId}:mail:${mail}:${String(desk.clock.now())}`,
    });
  }
}
