import type { Asked } from './commands.ts';

/** Erases one who has left, by a workflow of its own: the customer's has ended. */
export const ERASURE = 'erasure';

export interface ErasureOrder extends Asked {
  readonly customerId: string;
}

export const erasureWorkflowId = (customerId: string): string => `erasure/${customerId}`;
