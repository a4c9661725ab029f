import type { CommandOrigin } from './commands.ts';

/** Erases one who has left, by a workflow of its own: the customer's has ended. */
export const ERASURE = 'erasure';

export interface ErasureRequest extends CommandOrigin {
  readonly customerId: string;
}

export const erasureWorkflowId = (customerId: string): string => `erasure/${customerId}`;
