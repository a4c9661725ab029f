import type { CommandOrigin } from './commands.ts';

/** Refunds a paid invoice, in a workflow of its own: a customer who has left can be refunded too. */
export const REFUND = 'refund';

export interface RefundRequest extends CommandOrigin {
  readonly customerId: string;
  readonly invoiceId: string;
  /** Cents; absent: the amount that was not refunded yet. */
  readonly amount?: number;
  /** Makes it a single refund, however often it is requested. */
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
