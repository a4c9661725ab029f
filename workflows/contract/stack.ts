/** The id is the mutex of a stack: one open operation per customer. */
export const stackWorkflowId = (customerId: string): string => `stack/${customerId}`;

/** Input of the provisioning workflow and its activities. Everything else about the tenant is read from Postgres. */
export interface StackOperation {
  readonly customerId: string;
  /** `adopt`: an update that takes over what exists when the engine's state of it is missing. */
  readonly operation: 'create' | 'update' | 'adopt' | 'destroy';
  /** Fences writes of an operation that was overtaken. */
  readonly generation: number;
  /**
   * Of the onboarding's step, raised by a replay: part of the activity's id, so that the step ledger can distinguish
   * the attempts. Absent when the operation is no step of an onboarding.
   */
  readonly epoch?: number;
}

/** The workflow of one operation on one stack. */
export const STACK_OPERATION = 'provisioning';

/** References only: the instance's address contains the customer's own words, and is in Postgres. */
export interface StackResult {
  readonly namespace: string;
  readonly version: number;
}

/** Checks who holds the lock of a customer's stack, without breaking it. */
export const STACK_LOCK = 'stackLock';

/** `dead`: proven so, and the next operation takes over. `elsewhere`: another host, whose processes nobody here can see. */
export type LockHolder = 'nobody' | 'alive' | 'dead' | 'elsewhere';

/** Makes a customer's instance end the sessions that belong to ended sessions of the account. */
export const INSTANCE_SIGN_OUT = 'instanceSignOut';

export const instanceSignOutWorkflowId = (customerId: string): string => `instance-sign-out/${customerId}`;
