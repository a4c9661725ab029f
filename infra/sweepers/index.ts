import { whileSoleOwner } from '../db/repositories/sweeper-cursors.ts';
import { sweepClosedWorkflows } from './closed-workflows.ts';
import { sweepRecords } from './compare-records.ts';
import { sweepStripeRecords } from './compare-stripe.ts';
import { watchDependencies } from './dependencies.ts';
import { sweepInstanceSessions } from './end-instance-sessions.ts';
import { sweepExpiredRows } from './expired-rows.ts';
import { sweepFailingWork } from './failing-work.ts';
import { sweepOutages } from './outages.ts';
import { sweepStripeInbox } from './stripe-inbox.ts';
import type { AllDeps, Sweeper } from './sweeper.ts';
import { sweepDifferences } from './tell-differences.ts';
import { sweepUnstartedCustomers } from './unstarted-customers.ts';

interface Sweeping {
  readonly sweep: Sweeper<AllDeps>;
  /** How often, compared with the base interval. */
  readonly every: number;
  /** By one of all processes at a time. */
  readonly alone?: true;
}

/** The second sees what the first has noted. */
function inOrder(first: Sweeper<AllDeps>, second: Sweeper<AllDeps>): Sweeper<AllDeps> {
  return async (deps) => (await first(deps)) + (await second(deps));
}

const SWEEPERS: Readonly<Record<string, Sweeping>> = {
  unstartedCustomers: { sweep: sweepUnstartedCustomers, every: 1 },
  instanceSessions: { sweep: sweepInstanceSessions, every: 2 },
  stripeInbox: { sweep: sweepStripeInbox, every: 1 },
  closedWorkflows: { sweep: sweepClosedWorkflows, every: 30, alone: true },
  outages: { sweep: inOrder(watchDependencies(), sweepOutages), every: 3 },
  records: { sweep: sweepRecords, every: 5, alone: true },
  failingWork: { sweep: sweepFailingWork, every: 5, alone: true },
  stripeRecords: { sweep: sweepStripeRecords, every: 30, alone: true },
  differences: { sweep: sweepDifferences, every: 5, alone: true },
  expiredRows: { sweep: sweepExpiredRows, every: 300, alone: true },
};

/** The processes that do not get the lock leave this pass to the one that does. */
const byOneOwner =
  (name: string, sweep: Sweeper<AllDeps>): Sweeper<AllDeps> =>
  async (deps) =>
    (await whileSoleOwner(deps.database, name, () => sweep(deps))) ?? 0;

function runEvery(name: string, sweep: Sweeper<AllDeps>, deps: AllDeps, intervalMs: number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const round = async (): Promise<void> => {
    try {
      await sweep(deps);
    } catch (error) {
      deps.logger.error({ err: error, sweeper: name }, 'a sweep failed and is tried again');
    }
    if (!stopped) plan();
  };
  const plan = (): void => {
    timer = setTimeout(() => {
      running = round();
    }, intervalMs);
  };
  plan();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

/**
 * Runs the sweepers, each one round after the other, until stopped. Any number of processes may do so at once.
 * @returns `stop`, which waits for the rounds under way.
 */
export function startSweepers(deps: AllDeps & { readonly intervalMs: number }): { stop(): Promise<void> } {
  const stops = Object.entries(SWEEPERS).map(([name, { sweep, every, alone }]) =>
    runEvery(name, alone ? byOneOwner(name, sweep) : sweep, deps, deps.intervalMs * every),
  );
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

export { sweepStripeInbox } from './stripe-inbox.ts';
export { sweepUnstartedCustomers } from './unstarted-customers.ts';
