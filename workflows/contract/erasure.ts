import type { CommandOrigin } from './commands.ts';

/** Erases a customer who has left, in a workflow of its own: the customer's workflow has ended. */
export const ERASURE = 'erasure';

export interface ErasureRequest extends CommandOrigin {
  readonly customerId: string;
}

export const erasureWorkflowId = (customerId: string): string => `erasure/${customerId}`;
