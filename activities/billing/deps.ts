import type Stripe from 'stripe';
import type { Config } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import type { LinkBases } from '../../infra/product/link-base.ts';

export interface BillingDeps extends LinkBases {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly config: Pick<Config['stripe'], 'testClocks' | 'live' | 'prices'>;
}

/** Input of every activity that writes to Stripe. */
export interface IdempotentInput {
  readonly customerId: string;
  /** Idempotency key: customer, step and epoch, never run or attempt. */
  readonly key: string;
}

export const seconds = (instant: string | number): number => Math.floor(new Date(instant).getTime() / 1000);
export const instant = (epochSeconds: number): string => new Date(epochSeconds * 1000).toISOString();

/** The id of something that Stripe returns as an id, or as an object where it was expanded. */
export const idOf = (thing: string | { readonly id: string } | null | undefined): string | null =>
  typeof thing === 'string' ? thing : (thing?.id ?? null);
