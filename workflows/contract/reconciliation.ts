import type { CommandOrigin } from './commands.ts';
import type { DifferenceKind } from '../domain/differences.ts';

/**
 * Resolves differences between Postgres, Temporal and Stripe about a customer, whether or not they have a run or a row.
 */
export const RECONCILIATION = 'reconciliation';
export interface ReconciliationRequest extends CommandOrigin {
  readonly customerId: string;
  /**
   * Whether it may end something: cancel a subscription without a customer, or end a customer whose subscription is
   * over.
   */
  readonly end: boolean;
}
/** The outcome of one difference, in a sentence; if it was left, why. */
export interface MendOutcome {
  readonly mended: boolean;
  readonly what: string;
}
export interface Mended {
  /** One for each difference; empty if there were none. */
  readonly outcomes: readonly (MendOutcome & { readonly kind: DifferenceKind })[];
}
/** The id is a mutex: a request made while one is running gets its result. */
export const reconciliationWorkflowId = (customerId: string): string => `reconcile/${customerId}`;
