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
import { DAY_MS, iso } from '../../../workflows/domain/time.ts';

const NOW = Date.parse('2027-03-01T12:00:00Z');
const terms = { graceDays: 3, retentionDays: 30, pastDueDays: 14 };
const says = (status: SubscriptionStatus): BillingState => ({
  subscription: {
    ...{ id: 'sub_1', status, priceId: 'price_1', trialEndsAt: null, currentPeriodEndsAt: null },
    ...{ cancelAtPeriodEnd: false, hasPaymentMethod: true },
  },
  ...{ checkout: null, latestInvoice: null },
});
const begin = (status: SubscriptionStatus, now = NOW, known: Dunning | null = null): Dunning =>
  dunningOf(says(status), { known, terms, now });
const days = (dunning: Dunning): Record<string, number> =>
  Object.fromEntries(dunningAgenda(terms, dunning).map(({ stage, at }) => [stage, (at - NOW) / DAY_MS]));

test('while Stripe retries, nothing is taken away for two weeks; then each stage has its date', () => {
  expect(days(begin('past_due'))).toEqual({ read_only: 14, suspend: 17, last_notice: 40, leave: 47 });
});

test.each(['unpaid', 'canceled', 'incomplete', 'incomplete_expired'] as const)(
  'when Stripe has given up (%s), the instance is read-only at once, and nothing more is hurried',
  (status) => {
    expect(days(begin(status))).toEqual({ read_only: 0, suspend: 3, last_notice: 26, leave: 33 });
    const later = begin(status, NOW + 6 * DAY_MS, begin('past_due'));
    expect(later.readOnlyFrom).toBe(iso(NOW + 6 * DAY_MS));
  },
);

test('dates that were told before the terms had them are those of Stripe’s own retries', () => {
  const older = { graceDays: terms.graceDays, retentionDays: terms.retentionDays };
  const { readOnlyFrom } = dunningOf(says('past_due'), { known: null, terms: older, now: NOW });
  expect(readOnlyFrom).toBe(iso(NOW + 14 * DAY_MS));
});

test('only what is owed or over is unpaid', () => {
  const all = ['trialing', 'active', 'paused', 'past_due', 'unpaid', 'incomplete', 'incomplete_expired', 'canceled'];
  const unpaid = all.filter((status) => isUnpaid(says(status as SubscriptionStatus)));
  expect(unpaid).toEqual(['past_due', 'unpaid', 'incomplete', 'incomplete_expired', 'canceled']);
  expect(isUnpaid({ ...says('active'), subscription: null })).toBe(false);
});

test('in every order of failures and at any time: access is only taken away, no date is put off, and none comes untold', () => {
  const status = fc.constantFrom<SubscriptionStatus>('past_due', 'unpaid', 'canceled', 'incomplete');
  const RANK = { active: 0, read_only: 1, suspended: 2 } as const;
  fc.assert(
    fc.property(fc.array(fc.tuple(status, fc.integer({ min: 0, max: 40 * 24 })), { minLength: 1 }), (looks) => {
      let [now, rank]: [number, number] = [NOW, 0];
      let known: Dunning | null = null;
      for (const [status, hours] of looks) {
        now += (hours * DAY_MS) / 24;
        const next: Dunning = begin(status, now, known);
        if (known) expect(Date.parse(next.readOnlyFrom)).toBeLessThanOrEqual(Date.parse(known.readOnlyFrom));
        const agenda = dunningAgenda(terms, next);
        const stage = stageAt(agenda, now);
        // Whoever was not told yet is not removed at the first look.
        if (!known) expect(stage === undefined || stage === 'read_only').toBe(true);
        const { standing } = dunningGoal(stage, next, iso(NOW));
        expect(RANK[standing]).toBeGreaterThanOrEqual(rank);
        [rank, known] = [RANK[standing], next];
      }
    }),
    { numRuns: 5_000 },
  );
});

test('a licence lasts as long as the instance may be used', () => {
  const overdue = begin('past_due');
  expect(dunningGoal(undefined, overdue, iso(NOW + DAY_MS)).licensedUntil).toBe(overdue.readOnlyFrom);
  const paidLonger = iso(NOW + 20 * DAY_MS);
  expect(dunningGoal(undefined, overdue, paidLonger).licensedUntil).toBe(paidLonger);
  expect(dunningGoal('suspend', overdue, iso(NOW)).licensedUntil).toBe(iso(NOW));
});

test('who has chosen to leave before the last stage leaves then; what would come later does not come', () => {
  const leavesOn = iso(NOW + 16 * DAY_MS);
  const chosen = (status: SubscriptionStatus) => dunningOf(says(status), { known: null, terms, now: NOW, leavesOn });
  expect(days(chosen('past_due'))).toEqual({ read_only: 14, leave: 16 });
  expect(days(chosen('canceled'))).toEqual(days(begin('canceled')));
});
