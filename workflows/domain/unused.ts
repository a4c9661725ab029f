import { MONTHS, type Cycle } from './profiles/prices.ts';
import { DAY_MS } from './time.ts';

/** What a customer who leaves now has paid for days to come, and whether they get it back. */
export interface Unused {
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly isGivenBack: boolean;
}

interface PaidInvoice {
  readonly amountPaid: number;
  readonly amountRefunded: number;
  readonly disputeStatus: string | null;
  readonly invoiceCreatedAt: Date;
}

interface Period {
  /** Until when it is paid; null while nothing is. */
  readonly until: Date | null;
  readonly cycle: Cycle;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The longest month, and a bit. */
const MONTH_MS = 31.5 * DAY_MS;

/**
 * What of a paid invoice is for whole days that are still to come, in minor units. What was given back already, or is
 * disputed, is not counted.
 */
export function unusedOf(
  { amountPaid: paid, amountRefunded: refunded, disputeStatus, invoiceCreatedAt: from }: PaidInvoice,
  { until, cycle, now }: Period,
): number {
  if (until === null || disputeStatus !== null) return 0;
  const length = until.getTime() - from.getTime();
  const isOfPeriod = length > 0 && length <= MONTHS[cycle] * MONTH_MS;
  const [days, left] = [Math.round(length / DAY_MS), Math.floor((until.getTime() - now) / DAY_MS)];
  if (!isOfPeriod || days === 0 || left <= 0) return 0;
  return Math.max(0, Math.min(Math.floor((paid * Math.min(left, days)) / days), paid - refunded));
}
