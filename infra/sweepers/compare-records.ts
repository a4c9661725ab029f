import {
  customersOwedErasure,
  customersWithMailsInDoubt,
  readCustomerRecords,
} from '../db/repositories/customer-records.ts';
import { customersWithOpenRefunds } from '../db/repositories/refund-requests.ts';
import { customersWhoDiffer, noteComparisons } from '../db/repositories/differences.ts';
import { describeRun, pageOfCustomers, readRuns } from '../temporal/customer-runs.ts';
import { lostRefunds } from '../temporal/refund-runs.ts';
import { COMPARED_KINDS, compareRecords, type Comparison, type RunRecord } from '../../workflows/domain/differences.ts';
import { isCustomerId } from '../input/ids.ts';
import { livingCustomers, nextOfLap, type Page } from './lap.ts';
import type { Sweeper, SweeperDeps } from './sweeper.ts';

type Runs = (deps: SweeperDeps, customerIds: readonly string[]) => Promise<ReadonlyMap<string, RunRecord>>;

interface Source {
  /** Customers compared in one round. */
  readonly limit: number;
  readonly page: (deps: SweeperDeps, position: string | null, limit: number) => Promise<Page>;
  readonly runs: Runs;
}

const listed: Runs = ({ temporal }, customerIds) => readRuns(temporal, customerIds);
const described: Runs = async ({ temporal }, customerIds) => {
  const runs = new Map<string, RunRecord>();
  for (const id of customerIds) runs.set(id, await describeRun(temporal, id));
  return runs;
};

/** What is paged through, a little each round: customers for their runs, runs for their customers, runs for their tasks. */
const SOURCES: Readonly<Record<string, Source>> = {
  customers: { limit: 100, page: livingCustomers, runs: listed },
  runs: {
    limit: 200,
    page: ({ temporal }, position, limit) => pageOfCustomers(temporal, position, limit),
    runs: listed,
  },
  tasks: { limit: 25, page: livingCustomers, runs: described },
};
/** Those who differ are looked at each round, so that what is mended is known to be. */
const DIFFERING = 25;
/** The order and the workflow that carries it out are no further apart than that. */
const BEGINS_WITHIN_MS = 10 * 60_000;

async function compare(deps: SweeperDeps, customerIds: readonly string[], readRunsOf: Runs): Promise<void> {
  const ids = customerIds.filter((id) => isCustomerId(id));
  const runs = await readRunsOf(deps, ids);
  // Postgres last: a signup is stored before its run begins, so what it does not know now is unknown.
  const customers = await readCustomerRecords(deps.database, ids);
  const compared = new Map<string, Comparison>();
  for (const id of ids) {
    const customer = customers.get(id) ?? null;
    const lost = await lostRefunds(deps.temporal, id, customer?.openRefunds ?? []);
    compared.set(id, compareRecords({ customer, run: runs.get(id), lostRefunds: lost }));
  }
  await noteComparisons(deps.database, compared);
}

/** Compares the next customers in Postgres and the next runs in Temporal with each other, both ways. */
export const sweepRecords: Sweeper = async (deps) => {
  const known = await customersWhoDiffer(deps.database, { limit: DIFFERING, kinds: COMPARED_KINDS });
  const inDoubt = await customersWithMailsInDoubt(deps.database, DIFFERING);
  const owed = { orderedBefore: new Date(Date.now() - BEGINS_WITHIN_MS), limit: DIFFERING };
  const erasures = await customersOwedErasure(deps.database, owed);
  const refunds = await customersWithOpenRefunds(deps.database, owed);
  await compare(deps, [...new Set([...known, ...inDoubt, ...erasures, ...refunds])], described);
  let compared = 0;
  for (const [name, { limit, page, runs }] of Object.entries(SOURCES))
    compared += await nextOfLap(deps.database, name, {
      page: (position) => page(deps, position, limit),
      compare: (customerIds) => compare(deps, customerIds, runs),
    });
  return compared;
};
