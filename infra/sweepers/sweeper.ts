import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Database } from '../db/database.ts';

export interface SweeperDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly logger: Logger;
}

/**
 * Finishes what a process left half done; safe to run in several processes at once. Answers how many rows it took up.
 */
export type Sweeper = (deps: SweeperDeps) => Promise<number>;
