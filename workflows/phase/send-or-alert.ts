import { patched } from '@temporalio/workflow';
import { email, support } from '../activity-calls/proxies.ts';
import { isUpgradeDeclined, type BillingState } from '../domain/billing-state.ts';
import type { CustomerRun } from './customer-run.ts';
import { failureType } from '../activity-calls/failure-type.ts';

interface Mail {
  /** What the alert is called by. */
  readonly name: string;
  /** One mail per key, for ever. */
  readonly key: string;
}

/** Sends a mail that is owed but must not stop the customer's life: what cannot be sent becomes an alert. */
export async function sendOrAlert(
  customer: CustomerRun,
  { name, key }: Mail,
  send: (key: string) => Promise<unknown>,
): Promise<void> {
  try {
    await send(key);
  } catch (error) {
    const { customerId } = customer;
    await support.raiseAlert({
      customerId,
      kind: `mail: ${name}`,
      step: name,
      errorType: failureType(error),
      key: `${customerId}:mail:${name}:${String(customer.clock.now())}`,
      mailKey: key,
    });
  }
}

/** Tells the customer once of each invoice whose payment was declined. */
export async function mailPaymentFailed(
  customer: CustomerRun,
  invoiceId: string,
  dates: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { customerId } = customer;
  await sendOrAlert(customer, { name: 'payment failed', key: `${customerId}:paymentFailed:${invoiceId}` }, (key) =>
    email.sendPaymentFailedMail({ customerId, key, ...dates }),
  );
}

/** A customer who pays after the trial waits for their instance: if it does not come back, they must be told why. */
export async function tellOfDecline(
  customer: CustomerRun,
  { subscription, latestInvoice: latest }: BillingState,
): Promise<void> {
  if (!latest || !isUpgradeDeclined(subscription?.status ?? '', latest)) return;
  if (patched('a decline after the trial is told')) await mailPaymentFailed(customer, latest.id);
}
