import { email, support } from '../activity-calls/proxies.ts';
import type { Desk } from './desk.ts';
import { failureType } from '../activity-calls/failure-type.ts';

interface Mail {
  /** What the alert is called by. */
  readonly name: string;
  /** One mail per key, for ever. */
  readonly key: string;
}

/** Sends a mail that is owed but must not stop the customer's life: what cannot be sent becomes an alert. */
export async function tell(desk: Desk, { name, key }: Mail, send: (key: string) => Promise<unknown>): Promise<void> {
  try {
    await send(key);
  } catch (error) {
    const { customerId } = desk;
    await support.raiseAlert({
      customerId,
      kind: `mail: ${name}`,
      step: name,
      errorType: failureType(error),
      key: `${customerId}:mail:${name}:${String(desk.clock.now())}`,
      mailKey: key,
    });
  }
}

/** Tells the customer once of each invoice whose payment was declined. */
export async function tellPaymentFailed(desk: Desk, invoiceId: string): Promise<void> {
  const { customerId } = desk;
  await tell(desk, { name: 'payment failed', key: `${customerId}:paymentFailed:${invoiceId}` }, (key) =>
    email.sendPaymentFailedMail({ customerId, key }),
  );
}
