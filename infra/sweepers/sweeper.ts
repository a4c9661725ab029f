import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Page } from './lap.ts';
import type { Database } from '../db/database.ts';
import type { Difference, DifferenceAlert } from '../db/repositories/differences.ts';
import type { InboxEvent } from '../db/repositories/stripe-events.ts';
import type { Outage } from '../db/repositories/outages.ts';
import type { StripeRecord } from '../../workflows/domain/differences.ts';
import type { Retention } from '../db/repositories/retention.ts';

export interface ToldOutage extends Outage {
  readonly cause: string;
  readonly suggestedFix: string;
}

export interface ToldDifference extends DifferenceAlert {
  readonly title: string;
  readonly cause: string;
  readonly suggestedFix: string;
  /** The first of the customers it holds. */
  readonly named: readonly Pick<Difference, 'customerId' | 'details'>[];
}

export interface SweeperDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly logger: Logger;
}

/** What a deletion of old rows needs. */
export interface KeepingDeps extends SweeperDeps {
  readonly retention: Retention;
}

export interface TellingDeps extends SweeperDeps {
  /** Mails support about an outage. @throws when it could not be mailed */
  readonly tellSupport: (outage: ToldOutage) => Promise<void>;
  /** Mails support about customers of whom two records differ. @throws when it could not be mailed */
  readonly tellOfDifference: (difference: ToldDifference) => Promise<void>;
}

/** How Stripe is asked what it says of our customers. @throws when it does not answer */
export interface StripeRecords {
  read(customerId: string): Promise<StripeRecord>;
  /** Ids of ours that its customers carry, a page at a time. */
  page(position: string | null): Promise<Page>;
}

export interface ComparingDeps extends SweeperDeps {
  /** Without it Stripe is not asked. */
  readonly stripeRecords?: StripeRecords | undefined;
}

/** The events that Stripe keeps. @throws when it does not answer */
export interface StripeEvents {
  /** Those that came after this one, page by page; those of the last hour without one, or if Stripe has forgotten it. */
  after(eventId: string | null): AsyncIterable<readonly InboxEvent[]>;
}

export interface MissedEventsDeps extends SweeperDeps {
  /** Without it Stripe is not asked. */
  readonly stripeEvents?: StripeEvents | undefined;
}

/** What all of them together need. */
export type AllDeps = KeepingDeps & TellingDeps & ComparingDeps & MissedEventsDeps;

/**
 * Finishes what a process left half done; safe to run in several processes at once. Answers how many rows it took up.
 */
export type Sweeper<Deps = SweeperDeps> = (deps: Deps) => Promise<number>;
