import fc from 'fast-check';
import { newCustomerState } from '../../../workflows/domain/customer-state.ts';
import {
  CORRECTABLE,
  ONBOARDING_PLAN,
  ONBOARDING_STEPS,
  readySteps,
  stepsTaking,
  withDependents,
  type OnboardingStepName,
} from '../../../workflows/domain/onboarding-plan.ts';
import { findProfile } from '../../../workflows/domain/profiles/index.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';

const anySteps = fc.uniqueArray(fc.constantFrom(...ONBOARDING_STEPS));
const needsOf = (step: OnboardingStepName): readonly string[] => ONBOARDING_PLAN[step].needs;

test('a step needs only steps that stand before it, so the table has no cycle', () => {
  for (const [index, step] of ONBOARDING_STEPS.entries())
    for (const needed of needsOf(step))
      expect(ONBOARDING_STEPS.indexOf(needed as OnboardingStepName)).toBeLessThan(index);
});

test('what has no needs starts at once and together', () => {
  expect(readySteps(new Set(), new Set(ONBOARDING_STEPS))).toEqual(['welcomeMail', 'stripeCustomer', 'stack']);
});

test('running what is ready, in any order, runs every step once and each after what it needs', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (choices) => {
      const ran: OnboardingStepName[] = [];
      for (;;) {
        const open = ONBOARDING_STEPS.filter((step) => !ran.includes(step));
        const ready = readySteps(new Set(ran), new Set(open));
        const next = ready[Number(choices.next().value) % ready.length];
        if (next === undefined) break;
        expect(needsOf(next).every((needed) => ran.includes(needed as OnboardingStepName))).toBe(true);
        ran.push(next);
      }
      expect([...ran].sort()).toEqual([...ONBOARDING_STEPS].sort());
    }),
  );
});

test('a replay takes along all that depends on a step, in order, and nothing else', () => {
  expect(withDependents(new Set<OnboardingStepName>(['stripeCustomer']))).toEqual([
    'stripeCustomer',
    'trialSubscription',
    'readyMail',
  ]);
  expect(withDependents(new Set<OnboardingStepName>(['stack']))).toEqual(['stack', 'instanceHealth', 'readyMail']);
  fc.assert(
    fc.property(anySteps, (steps) => {
      const found = withDependents(new Set(steps));
      expect(found).toEqual(ONBOARDING_STEPS.filter((step) => found.includes(step)));
      for (const step of ONBOARDING_STEPS)
        expect(found.includes(step)).toBe(
          steps.includes(step) || needsOf(step).some((needed) => (found as string[]).includes(needed)),
        );
    }),
  );
});

test('every particular that support may correct runs some step again', () => {
  expect(Object.fromEntries(CORRECTABLE.map((field) => [field, stepsTaking([field])]))).toEqual({
    companyName: ['stripeCustomer', 'stack'],
    email: ['welcomeMail', 'stripeCustomer'],
    slug: ['stack'],
    region: ['stack'],
    plan: ['trialSubscription', 'stack'],
  });
  expect(stepsTaking([])).toEqual([]);
});

test('the state a customer starts with is plain JSON and has every step waiting', () => {
  const profile = findProfile('tenure');
  const terms = resolveTerms(profile, profile.plans[0]);
  const state = newCustomerState({ customerId: 'cust_1', terms, trialEndsAt: '2027-03-15T12:00:00.000Z' });
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  expect(Object.keys(state.onboarding.steps)).toEqual([...ONBOARDING_STEPS]);
  expect(state.licensedUntil).toBe('2027-03-18T12:00:00.000Z');
});
