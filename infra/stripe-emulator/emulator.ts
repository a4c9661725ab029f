import type { BillingEngine } from './billing-engine/engine.ts';
import type { Settings } from './context.ts';
import type { Delivery } from './delivery.ts';
import type { Faults } from './faults.ts';
import type { IdempotencyKeys } from './idempotency.ts';
import type { RequestLog } from './request-log.ts';
import type { Store } from './store.ts';
import type { Validation } from './validation.ts';

/** The parts of a running emulator, as its HTTP surfaces see them. */
export interface Emulator {
  readonly store: Store;
  readonly settings: Settings;
  readonly keys: IdempotencyKeys;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly validation: Validation;
  readonly delivery: Delivery;
  readonly engine: BillingEngine;
  readonly secretKey: string;
}
