import type { CommandOrigin } from './commands.ts';
import type { DifferenceKind } from '../domain/differences.ts';

/** Mends what Postgres, Temporal and Stripe say differently of a customer, whether or not they have a run or a row. */
export const RECONCILIATION = 'reconciliation';
export interface ReconciliationRequest extends CommandOrigin {
  readonly customerId: string;
  /** Whether it may end somebody: cancel an orphan's subscription, let one leave whose subscription is over. */
  readonly end: boolean;
}
/** What became of one difference, in a sentence; of what was left it says why. */
export interface MendOutcome {
  readonly mended: boolean;
  readonly what: string;
}
export interface Mended {
  /** One for each difference there was; none when nothing differed. */
  readonly outcomes: readonly (MendOutcome & { readonly kind: DifferenceKind })[];
}
/** The id is a mutex: who orders while one runs gets its result. */
export const reconciliationWorkflowId = (customerId: string): string => `reconcile/${customerId}`;
