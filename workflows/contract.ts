import type { StandingMode } from './domain/lifecycle.ts';

/** Names shared by whoever starts, messages, runs or reads a workflow. */
export const TASK_QUEUE = { lifecycle: 'lifecycle', provisioning: 'provisioning' } as const;

export const customerWorkflowId = (customerId: string): string => `customer/${customerId}`;
/** The id is the mutex of a stack: one open operation per customer. */
export const stackWorkflowId = (customerId: string): string => `stack/${customerId}`;

/** What the provisioning workflow and its activities are told. Everything else about the tenant is read from Postgres. */
export interface StackOperation {
  readonly customerId: string;
  readonly operation: 'create' | 'update' | 'destroy';
  /** Fences writes of an operation that was overtaken. */
  readonly generation: number;
  /** Idempotency epoch of the step that asked; names the activity in history and ledger. */
  readonly epoch: number;
}

export interface StackResult {
  readonly instanceUrl: string;
  readonly namespace: string;
  readonly version: number;
}
export type { StandingMode };
