import { setTimeout as delay } from 'node:timers/promises';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { readCustomerRecords } from '../../infra/db/repositories/customer-records.ts';
import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { listDifferences, noteComparisons } from '../../infra/db/repositories/differences.ts';
import { describeRun } from '../../infra/temporal/customer-runs.ts';
import { lostRefunds } from '../../infra/temporal/refund-runs.ts';
import type { Mended, MendOutcome } from '../../workflows/contract/reconciliation.ts';
import {
  SEEN_KINDS,
  compareRecords,
  isMendable,
  type Comparison,
  type ComparedKind,
  type DifferenceKind,
  type MendableKind,
} from '../../workflows/domain/differences.ts';
import { DIFFERENCE_MEANINGS } from '../../workflows/domain/difference-meanings.ts';
import { readStripeRecord } from '../billing/record.ts';
import { asApplicationFailure } from '../billing/failures.ts';
import { left, type Findings, type MendRequest, type RecordDeps } from './deps.ts';
import { bringRow, noteEnd, wake } from './follow.ts';
import { cancelInStripe, endRun } from './orphans.ts';
import { eraseAgain, refundAgain } from './owed.ts';
import { restart } from './restart.ts';

type Mend = (deps: RecordDeps, found: Findings) => Promise<MendOutcome | null>;

const leave = (kind: DifferenceKind): MendOutcome => left(DIFFERENCE_MEANINGS[kind].suggestedFix);

/** How each kind is mended. Null as the outcome: it shows in the records afterwards. */
const MENDS: Readonly<Record<MendableKind, Mend>> = {
  no_run: restart,
  has_left: noteEnd,
  no_customer: endRun,
  phase_differs: wake,
  dates_differ: wake,
  entitlement_differs: wake,
  subscription_without_customer: cancelInStripe,
  erasure_owed: eraseAgain,
  refund_owed: refundAgain,
};

const SETTLE_MS = 8_000;
const LOOK_EVERY_MS = 250;
const AGREES: MendOutcome = { mended: true, what: 'All three agree again.' };
const NOT_YET: MendOutcome = {
  mended: false,
  what: 'They do not agree yet; look again in a minute. If they still differ, a person has to correct the one that is wrong: docs/runbooks/restore-tenure.md.',
};

async function lookAt(deps: RecordDeps, request: MendRequest): Promise<Findings> {
  const { customerId } = request;
  const [run, stripe] = await Promise.all([describeRun(deps.temporal, customerId), readStripeRecord(deps, customerId)]);
  return { request, run, stripe, customer: await findCustomer(deps.database, customerId) };
}

async function compare(
  { database, temporal }: RecordDeps,
  { request: { customerId }, run, stripe }: Findings,
): Promise<Comparison> {
  const customer = (await readCustomerRecords(database, [customerId])).get(customerId) ?? null;
  const lost = await lostRefunds(temporal, customerId, customer?.openRefunds ?? []);
  const comparison = compareRecords({ customer, run, stripe, lostRefunds: lost });
  await noteComparisons(database, new Map([[customerId, comparison]]));
  return comparison;
}

const differing = (comparison: Comparison): ComparedKind[] =>
  [...comparison].flatMap(([kind, details]) => (details === null ? [] : [kind]));

/** Waits, for a short while, until only what was left on purpose differs. */
async function settle(
  deps: RecordDeps,
  request: MendRequest,
  isLeft: (kind: ComparedKind) => boolean,
): Promise<ComparedKind[]> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const found = await lookAt(deps, request);
    await bringRow(deps, found);
    const still = differing(await compare(deps, found));
    if (still.every(isLeft) || Date.now() > deadline) return still;
    await delay(LOOK_EVERY_MS);
  }
}

/**
 * Compares the three records of one customer again and mends what differs. Idempotent: what agrees is left alone, and a
 * second request at the same time finds what the first has done.
 */
async function mendRecords(deps: RecordDeps, request: MendRequest): Promise<Mended> {
  const found = differing(await compare(deps, await lookAt(deps, request)));
  const outcomes = new Map<ComparedKind, MendOutcome | null>();
  // Each with fresh records: a run that was just started can be woken.
  for (const kind of found)
    outcomes.set(kind, isMendable(kind) ? await MENDS[kind](deps, await lookAt(deps, request)) : leave(kind));
  const still = found.length === 0 ? [] : await settle(deps, request, (kind) => outcomes.get(kind)?.mended === false);
  const compared = found.map((kind) => {
    const outcome = outcomes.get(kind) ?? (still.includes(kind) ? NOT_YET : AGREES);
    return { kind, ...outcome };
  });
  const { customerId, auditId } = request;
  const seen = await listDifferences(deps.database, { customerId, kinds: SEEN_KINDS, limit: SEEN_KINDS.length });
  const result = [...compared, ...seen.map(({ kind }) => ({ kind, ...leave(kind) }))];
  const rule = result.map(({ kind, what }) => `${kind}: ${what}`).join(' ') || 'nothing differed';
  const details = { auditId, rule };
  await appendAudit(deps.database, { customerId, actor: 'system', action: 'records.mended', details });
  return { outcomes: result };
}

/** Resolves differences between the records. */
export function createRecordActivities(deps: RecordDeps) {
  return {
    async mendRecords(request: MendRequest): Promise<Mended> {
      try {
        return await mendRecords(deps, request);
      } catch (error) {
        throw asApplicationFailure(error);
      }
    },
  };
}

export type RecordActivities = ReturnType<typeof createRecordActivities>;
