import { support } from '../activity-calls/proxies.ts';
import type { CustomerRun } from './customer-run.ts';

interface Trouble {
  readonly kind: string;
  readonly step: string;
  readonly errorType: string;
  /** When it tries again, if that is not within a minute. */
  readonly nextTryInMs?: number;
  /** What is the case with this customer, which no text in general can say. No personal data. */
  readonly about?: string;
}

/** Opens or repeats an alert that ends with `endAlert`, in whatever run that is: the customer's state carries it. */
export async function openAlert(customer: CustomerRun, trouble: Trouble): Promise<void> {
  const { customerId, clock, state } = customer;
  const { openAlerts = [] } = state;
  customer.update({ openAlerts: [...new Set([...openAlerts, trouble.kind])] });
  await support.raiseAlert({ customerId, ...trouble, key: `${customerId}:${trouble.kind}:${String(clock.now())}` });
}

export const isOpen = ({ state }: CustomerRun, kind: string): boolean => state.openAlerts?.includes(kind) === true;

export async function endAlert(customer: CustomerRun, kind: string): Promise<void> {
  if (!isOpen(customer, kind)) return;
  await support.resolveAlert({ customerId: customer.customerId, kind });
  customer.update({ openAlerts: customer.state.openAlerts?.filter((open) => open !== kind) ?? [] });
}
