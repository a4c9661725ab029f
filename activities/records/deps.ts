import type { Client } from '@temporalio/client';
import type { MendOutcome, ReconciliationRequest } from '../../workflows/contract/reconciliation.ts';
import type { BillingDeps } from '../billing/deps.ts';
import type { FoundInStripe } from '../billing/record.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { RunRecord } from '../../workflows/domain/differences.ts';

export interface RecordDeps extends BillingDeps {
  readonly temporal: Client;
}

export interface MendRequest extends ReconciliationRequest {
  /** Idempotency key for Stripe. */
  readonly key: string;
}

/** What the three systems say now, read for this request. */
export interface Findings {
  readonly request: MendRequest;
  readonly customer: Customer | undefined;
  readonly run: RunRecord;
  readonly stripe: FoundInStripe;
}

export const done = (what: string): MendOutcome => ({ mended: true, what });
export const left = (what: string): MendOutcome => ({ mended: false, what });
