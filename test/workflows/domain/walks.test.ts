import fc from 'fast-check';
import type { BillingState, SubscriptionStatus } from '../../../workflows/domain/billing-state.ts';
import {
  dunningAgenda,
  dunningGoal,
  dunningOf,
  isUnpaid,
  stageAt,
  type Dunning,
} from '../../../workflows/domain/dunning.ts';
import { nextPhase, type PhaseOfLife } from '../../../workflows/domain/lifecycle.ts';
import { DAY_MS, HOUR_MS, iso } from '../../../workflows/domain/time.ts';

/*
 * What is decided, over random walks of a subscription through Stripe's states: each change is heard of once, twice or
 * not at all, at any time after it; at the end everything is known.
 */
const WALKS = 100_000;
const START = Date.parse('2027-03-01T12:00:00Z');
const terms = { graceDays: 3, retentionDays: 30, pastDueDays: 14 };

/** Where Stripe goes from a state; after the end somebody may subscribe again. */
const GOES: Readonly<Record<string, readonly [SubscriptionStatus, ...SubscriptionStatus[]]>> = {
  trialing: ['active', 'past_due', 'paused', 'canceled'],
  paused: ['active', 'canceled'],
  active: ['active', 'past_due', 'canceled'],
  past_due: ['active', 'past_due', 'unpaid', 'canceled'],
  unpaid: ['active', 'unpaid', 'canceled'],
  canceled: ['active', 'canceled'],
};
const FREE_PHASES: readonly string[] = ['trial', 'subscription'];

interface Look {
  readonly status: SubscriptionStatus;
  readonly at: number;
  readonly endedAt: number | null;
  readonly leavesOn: number | null;
}
interface Known {
  readonly phase: PhaseOfLife | 'cancellation';
  readonly dunning: Dunning | null;
  readonly access: 'active' | 'read_only' | 'suspended' | 'none';
}

const says = ({ status, endedAt, leavesOn }: Look): BillingState => ({
  subscription: {
    ...{ id: 'sub_1', status, priceId: 'price_1', trialEndsAt: null, currentPeriodEndsAt: null },
    ...{ cancelAtPeriodEnd: leavesOn !== null, hasPaymentMethod: true },
    endedAt: endedAt === null ? null : iso(endedAt),
  },
  ...{ checkout: null, latestInvoice: null },
});

const REMAINS: Known = { phase: 'cancellation', dunning: null, access: 'none' };

/** One decision, as the phases make it. */
function decide(known: Known, look: Look): Known {
  if (known.phase === 'cancellation') return known;
  const state = says(look);
  const leavesOn = look.leavesOn === null ? null : iso(look.leavesOn);
  const next = nextPhase(known.phase, state, { leavesOn });
  if (next === 'cancellation') return REMAINS;
  if (next === 'missing') throw new Error('Nothing is missing here.');
  const phase = next === 'lapsed' ? 'subscription' : next;
  if (phase === 'trial' || !isUnpaid(state)) return { phase, dunning: null, access: 'active' };
  const dunning = dunningOf(state, { known: known.dunning, terms, now: look.at, leavesOn });
  const stage = stageAt(dunningAgenda(terms, dunning), look.at);
  if (stage === 'leave') return REMAINS;
  return { phase, dunning, access: dunningGoal(stage, dunning, iso(START)).standing };
}

const ACCESS = ['active', 'read_only', 'suspended', 'none'] as const;
const rank = ({ access }: Known): number => ACCESS.indexOf(access);

/** What may never happen from one decision to the next. @returns what did */
function wrongWith(before: Known, after: Known, look: Look): string | undefined {
  const isOwed = isUnpaid(says(look));
  const isOrdered = look.leavesOn !== null && (look.endedAt ?? look.at) >= look.leavesOn;
  if (before.phase === 'cancellation') return after === before ? undefined : 'who has left comes back';
  if (!isOwed && rank(after) > 0) return 'something is taken from a customer who owes nothing';
  if (after.phase === 'cancellation' && !isOrdered && !before.dunning) return 'who was told nothing is removed';
  if (!before.dunning || !after.dunning) return undefined;
  if (rank(after) < rank(before)) return 'something is given back unpaid';
  const isPutOff = Date.parse(after.dunning.readOnlyFrom) > Date.parse(before.dunning.readOnlyFrom);
  return isPutOff ? 'a date that was told is put off' : undefined;
}

const step = fc.record({
  goes: fc.nat({ max: 3 }),
  afterHours: fc.integer({ min: 1, max: 20 * 24 }),
  heard: fc.constantFrom(0, 1, 2),
  heardAfterHours: fc.integer({ min: 0, max: 19 * 24 }),
  leaves: fc.constantFrom('no', 'no', 'orders', 'takes back'),
});
type Walk = readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[];

/** What Stripe says in the course of a walk, and how often it is heard. */
function looksOf(walk: Walk): { readonly look: Look; readonly heard: number }[] {
  let [at, leavesOn]: [number, number | null] = [START, null];
  let status: SubscriptionStatus = 'trialing';
  return walk.map(({ goes, afterHours, heard, heardAfterHours, leaves }, number) => {
    at += afterHours * HOUR_MS;
    const choices: readonly [SubscriptionStatus, ...SubscriptionStatus[]] = GOES[status] ?? ['active'];
    status = choices[goes % choices.length] ?? choices[0];
    if (leaves !== 'no') leavesOn = leaves === 'orders' ? at + (goes - 1) * 10 * DAY_MS : null;
    const endedAt = status === 'canceled' ? at : null;
    const next = walk[number + 1]?.afterHours ?? Infinity;
    const heardAt = at + Math.min(heardAfterHours, next - 1) * HOUR_MS;
    return { look: { status, at: heardAt, endedAt, leavesOn }, heard };
  });
}

test('whatever is heard of Stripe twice or never: nothing is taken unsaid, given back unpaid, put off, or done twice', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (walk) => {
      let known: Known = { phase: 'trial', dunning: null, access: 'active' };
      for (const { look, heard } of looksOf(walk))
        for (let time = 0; time < heard; time += 1) {
          const next = decide(known, look);
          const wrong = wrongWith(known, next, look);
          if (wrong !== undefined) throw new Error(`${wrong}: ${JSON.stringify({ known, look, next })}`);
          if (JSON.stringify(decide(next, look)) !== JSON.stringify(next)) throw new Error('Heard again, it differs.');
          known = next;
        }
    }),
    { numRuns: WALKS },
  );
});

test('whatever was not heard of on the way, the last word counts: a customer who pays has everything', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (walk) => {
      const looks = looksOf(walk);
      const last = looks.at(-1)?.look;
      if (!last) return;
      let known: Known = { phase: 'trial', dunning: null, access: 'active' };
      for (const { look, heard } of looks) if (heard > 0) known = decide(known, look);
      known = decide(known, last);
      if (known.phase === 'cancellation') return;
      if (last.status === 'active' && (known.access !== 'active' || known.phase !== 'subscription'))
        throw new Error(`A customer who pays has ${known.access} in ${known.phase}.`);
      if (!FREE_PHASES.includes(known.phase)) throw new Error(`There is no free plan here, but ${known.phase}.`);
    }),
    { numRuns: WALKS },
  );
});
