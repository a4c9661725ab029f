import fc from 'fast-check';
import type { BillingState, SubscriptionStatus } from '../../../workflows/domain/billing-state.ts';
import { freeGoal, isOnFreePlan, renewalDueAt, withPlan } from '../../../workflows/domain/free-plan.ts';
import { afterOnboarding, isPhaseOfLife, nextPhase, PHASES_OF_LIFE } from '../../../workflows/domain/lifecycle.ts';
import type { Plan } from '../../../workflows/domain/profiles/index.ts';
import { namesOf } from '../../../workflows/domain/steps.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { DAY_MS, iso } from '../../../workflows/domain/time.ts';
import { trialAgenda } from '../../../workflows/domain/trial.ts';
import { tenure } from '../../support/default-product.ts';

const FREE: Plan = { id: 'free', name: 'Free', monthlyCents: 0, maxDevices: 0, connections: 1 };
const freemium = { ...tenure, plans: [FREE, ...tenure.plans] } as const;
const [paidPlan] = tenure.plans;
const sold = resolveTerms(tenure, paidPlan);
const soldBesideFree = resolveTerms(freemium, paidPlan);
const free = resolveTerms(freemium, FREE);

const ENDED = '2027-03-15T12:00:00.000Z';
const STATUSES: readonly SubscriptionStatus[] = [
  ...(['incomplete', 'incomplete_expired', 'trialing', 'active'] as const),
  ...(['past_due', 'unpaid', 'paused', 'canceled'] as const),
];
const held = (status: SubscriptionStatus | 'none', leaves = false): Pick<BillingState, 'subscription'> => ({
  subscription:
    status === 'none'
      ? null
      : {
          ...{ id: 'sub_1', status, priceId: 'price_1', trialEndsAt: null, currentPeriodEndsAt: null },
          ...{ cancelAtPeriodEnd: leaves, hasPaymentMethod: true, endedAt: ENDED },
        },
});
const status = fc.constantFrom(...STATUSES, 'none' as const);
const terms = fc.constantFrom(sold, soldBesideFree, free);

test('after every history of what Stripe says, only who was to leave with a period, and has no free plan, is ended by it', () => {
  fc.assert(
    fc.property(terms, fc.array(fc.tuple(status, fc.boolean()), { minLength: 1, maxLength: 12 }), (agreed, history) => {
      let phase = afterOnboarding(agreed);
      for (const [says, leaves] of history) {
        const next = nextPhase(phase, held(says, leaves), { ...agreed, leavesOn: leaves ? ENDED : null });
        if (next === 'cancellation' || next === 'lapsed') {
          expect(agreed.freePlan).toBeUndefined();
          expect(['canceled', 'incomplete_expired']).toContain(says);
          expect(leaves).toBe(next === 'cancellation');
          if (leaves) return;
          phase = 'subscription';
          continue;
        }
        if (next === 'missing') expect([says, phase === 'free']).toEqual(['none', false]);
        else phase = next;
        expect(isPhaseOfLife(phase)).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('an end is only that of the customer when it comes as it was ordered here, or later', () => {
  const ends = (leavesOn: string | null) => nextPhase('subscription', held('canceled', true), { leavesOn });
  expect([ends(ENDED), ends('2027-03-01T12:00:00.000Z')]).toEqual(['cancellation', 'cancellation']);
  expect([ends(null), ends('2027-03-16T12:00:00.000Z')]).toEqual(['lapsed', 'lapsed']);
});

test('what Stripe goes on saying changes nothing more', () => {
  for (const agreed of [sold, soldBesideFree, free])
    for (const phase of PHASES_OF_LIFE)
      for (const says of [...STATUSES, 'none' as const]) {
        const next = nextPhase(phase, held(says), agreed);
        if (isPhaseOfLife(next)) expect(nextPhase(next, held(says), agreed)).toBe(next);
      }
});

test('a customer who pays is in the subscription, whatever phase they were in', () => {
  for (const phase of PHASES_OF_LIFE)
    for (const says of ['active', 'past_due', 'unpaid'] as const)
      expect(nextPhase(phase, held(says), sold)).toBe('subscription');
});

test('that Stripe has nothing is the end of nobody: a person has to look', () => {
  expect(PHASES_OF_LIFE.map((phase) => nextPhase(phase, held('none'), sold))).toEqual(['missing', 'free', 'missing']);
});

test('a free plan has no trial, and nothing waits for one; a paid plan beside it has', () => {
  expect([afterOnboarding(free), afterOnboarding(soldBesideFree)]).toEqual(['free', 'trial']);
  expect(namesOf(free.steps ?? [])).not.toContain('trialSubscription');
  expect(free.steps?.flatMap(({ needs }) => needs)).not.toContain('trialSubscription');
  expect([free.trialDays, free.reminderDaysBeforeEnd]).toEqual([0, []]);
  expect([isOnFreePlan(free), isOnFreePlan(soldBesideFree), isOnFreePlan(sold)]).toEqual([true, false, false]);
});

test('an unpaid trial beside a free plan ends in it: nothing is suspended or removed', () => {
  const duties = trialAgenda(soldBesideFree, '2027-03-15T12:00:00.000Z').map(({ duty }) => duty);
  expect(duties).toEqual(['remind:7', 'remind:2', 'expire']);
});

test('what was agreed besides the plan stays when the plan changes', () => {
  const { freePlan } = soldBesideFree;
  const moved = freePlan && withPlan({ ...soldBesideFree, retentionDays: 99 }, freePlan);
  expect(moved).toMatchObject({ plan: 'free', maxDevices: 0, price: { monthlyCents: 0 }, retentionDays: 99 });
  expect(moved?.steps).toEqual(soldBesideFree.steps);
});

test('a free licence is renewed a week before its end, and good for five weeks again', () => {
  const now = Date.parse('2027-03-15T12:00:00Z');
  const untouched = iso(now + 8 * DAY_MS);
  expect(freeGoal({ licensedUntil: untouched }, now)).toMatchObject({ standing: 'active', licensedUntil: untouched });
  const due = iso(now + 7 * DAY_MS);
  expect(renewalDueAt(due)).toBe(now);
  expect(freeGoal({ licensedUntil: due }, now).licensedUntil).toBe(iso(now + 35 * DAY_MS));
});
