import type { CommandOrigin } from './commands.ts';

/** Pays money of a paid invoice back, by a workflow of its own: a customer who has left can be refunded too. */
export const REFUND = 'refund';

export interface RefundRequest extends CommandOrigin {
  readonly customerId: string;
  readonly invoiceId: string;
  /** Cents; absent: all that was not paid back yet. */
  readonly amount?: number;
  /** Makes it one refund, however often it is ordered. */
  readonly key: string;
}

export interface Refunded {
  readonly refundId: string;
  readonly invoiceId: string;
  /** Cents, as are all amounts. */
  readonly amount: number;
  readonly currency: string;
  readonly refundedInAll: number;
  readonly paid: number;
}

export const refundWorkflowId = (customerId: string, commandId: string): string => `refund/${customerId}/${commandId}`;
