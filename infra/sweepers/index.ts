import { sweepClosedWorkflows } from './closed-workflows.ts';
import { sweepRecords } from './compare-records.ts';
import { sweepStripeRecords } from './compare-stripe.ts';
import { watchDependencies } from './dependencies.ts';
import { endInstanceSessions } from '../temporal/instance-sign-out.ts';
import { sweepExpiredRows } from './expired-rows.ts';
import { sweepFailingWork } from './failing-work.ts';
import { sweepOutages } from './outages.ts';
import { sweepLostBatches } from './lost-batches.ts';
import { sweepMissedEvents } from './missed-events.ts';
import { runSweepers, type Sweepers, type Sweeping } from './run.ts';
import { sweepRefusedIdentities } from './refused-identities.ts';
import { sweepStripeInbox } from './stripe-inbox.ts';
import type { AllDeps, Sweeper } from './sweeper.ts';
import { sweepDifferences } from './tell-differences.ts';
import { sweepUnstartedCustomers } from './unstarted-customers.ts';
import { sweepUnstartedProspects } from './unstarted-prospects.ts';
import { sweepUntriedMails } from './untried-mails.ts';

/** The second sees what the first has noted. */
function inOrder(first: Sweeper<AllDeps>, second: Sweeper<AllDeps>): Sweeper<AllDeps> {
  return async (deps) => (await first(deps)) + (await second(deps));
}

const SWEEPERS: Readonly<Record<string, Sweeping<AllDeps>>> = {
  unstartedCustomers: { sweep: sweepUnstartedCustomers, every: 1 },
  unstartedProspects: { sweep: sweepUnstartedProspects, every: 2 },
  instanceSessions: { sweep: endInstanceSessions, every: 2 },
  untriedMails: { sweep: sweepUntriedMails, every: 5 },
  stripeInbox: { sweep: sweepStripeInbox, every: 1 },
  missedEvents: { sweep: sweepMissedEvents, every: 15, alone: true },
  lostBatches: { sweep: sweepLostBatches, every: 15, alone: true },
  closedWorkflows: { sweep: sweepClosedWorkflows, every: 30, alone: true },
  outages: { sweep: inOrder(watchDependencies(), sweepOutages), every: 3 },
  records: { sweep: sweepRecords, every: 5, alone: true },
  refusedIdentities: { sweep: sweepRefusedIdentities, every: 15, alone: true },
  failingWork: { sweep: sweepFailingWork, every: 5, alone: true },
  stripeRecords: { sweep: sweepStripeRecords, every: 30, alone: true },
  differences: { sweep: sweepDifferences, every: 5, alone: true },
  expiredRows: { sweep: sweepExpiredRows, every: 300, alone: true },
};

/** Runs the sweepers of what all processes share. */
export const startSweepers = (deps: AllDeps & { readonly intervalMs: number }): Sweepers => runSweepers(SWEEPERS, deps);

export { sweepMissedEvents } from './missed-events.ts';
export { sweepStripeInbox } from './stripe-inbox.ts';
export { sweepUnstartedCustomers } from './unstarted-customers.ts';
export { sweepUntriedMails } from './untried-mails.ts';
