import { support } from '../activity-calls/proxies.ts';
import type { Desk } from './desk.ts';

interface Trouble {
  readonly kind: string;
  readonly step: string;
  readonly errorType: string;
  /** When it looks again, if that is not within a minute. */
  readonly nextTryInMs?: number;
}

/** Opens or repeats an alert that ends with `endAlert`, in whatever run that is: the customer's state carries it. */
export async function openAlert(desk: Desk, trouble: Trouble): Promise<void> {
  const { customerId, clock, state } = desk;
  const { openAlerts = [] } = state;
  desk.update({ openAlerts: [...new Set([...openAlerts, trouble.kind])] });
  await support.raiseAlert({ customerId, ...trouble, key: `${customerId}:${trouble.kind}:${String(clock.now())}` });
}

export const isOpen = ({ state }: Desk, kind: string): boolean => state.openAlerts?.includes(kind) === true;

export async function endAlert(desk: Desk, kind: string): Promise<void> {
  if (!isOpen(desk, kind)) return;
  await support.resolveAlert({ customerId: desk.customerId, kind });
  desk.update({ openAlerts: desk.state.openAlerts?.filter((open) => open !== kind) ?? [] });
}
