import fc from 'fast-check';
import { newCustomerState } from '../../../workflows/domain/customer-state.ts';
import { CORE_STEPS, CORE_STEP_NAMES, hasInstance, stepsOf } from '../../../workflows/domain/core-steps.ts';
import { CORRECTABLE, namesOf, readySteps, stepsTaking, withDependents } from '../../../workflows/domain/steps.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { tenure } from '../../support/default-product.ts';

const NAMES: readonly string[] = CORE_STEP_NAMES;
const anySteps = fc.uniqueArray(fc.constantFrom(...NAMES));

test('a step needs only steps that stand before it, so the rows have no cycle', () => {
  for (const [index, { needs }] of CORE_STEPS.entries())
    for (const needed of needs) expect(NAMES.slice(0, index)).toContain(needed);
});

test('what has no needs starts at once and together', () => {
  expect(namesOf(readySteps(CORE_STEPS, new Set()))).toEqual(['welcomeMail', 'stripeCustomer', 'stack']);
});

test('running what is ready, in any order, runs every step once and each after what it needs', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (choices) => {
      const ran: string[] = [];
      for (;;) {
        const open = CORE_STEPS.filter(({ name }) => !ran.includes(name));
        const ready = readySteps(open, new Set(ran));
        const next = ready[Number(choices.next().value) % ready.length];
        if (next === undefined) break;
        expect(next.needs.every((needed) => ran.includes(needed))).toBe(true);
        ran.push(next.name);
      }
      expect(ran.toSorted()).toEqual(NAMES.toSorted());
    }),
  );
});

test('a replay takes along all that depends on a step, in order, and nothing else', () => {
  const dependents = (...names: string[]) => withDependents(CORE_STEPS, new Set(names));
  expect(dependents('stripeCustomer')).toEqual(['stripeCustomer', 'trialSubscription', 'readyMail']);
  expect(dependents('stack')).toEqual(['stack', 'instanceHealth', 'readyMail']);
  fc.assert(
    fc.property(anySteps, (names) => {
      const found = dependents(...names);
      expect(found).toEqual(NAMES.filter((name) => found.includes(name)));
      for (const { name, needs } of CORE_STEPS)
        expect(found.includes(name)).toBe(names.includes(name) || needs.some((needed) => found.includes(needed)));
    }),
  );
});

test('every particular that support may correct runs some step again', () => {
  expect(Object.fromEntries(CORRECTABLE.map((field) => [field, stepsTaking(CORE_STEPS, [field])]))).toEqual({
    companyName: ['stripeCustomer', 'stack'],
    email: ['welcomeMail', 'stripeCustomer'],
    slug: ['stack'],
    region: ['stack'],
    plan: ['trialSubscription', 'stack'],
  });
  expect(stepsTaking(CORE_STEPS, [])).toEqual([]);
});

const DATES = { trialEndsAt: '2027-03-15T12:00:00.000Z', signedUpAt: '2027-03-01T12:00:00.000Z' };

test('the state a customer starts with is plain JSON and has every step waiting', () => {
  const profile = tenure;
  const terms = resolveTerms(profile, profile.plans[0]);
  const state = newCustomerState({ customerId: 'cust_1', terms, ...DATES });
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  expect(Object.keys(state.onboarding.steps)).toEqual(namesOf(terms.steps ?? []));
  expect(state.licensedUntil).toBe('2027-03-18T12:00:00.000Z');
});

test('terms from before they had steps mean the steps of that time, without those of an instance where there is none', () => {
  expect(namesOf(stepsOf({}))).toEqual(NAMES);
  expect(namesOf(stepsOf({ withoutInstance: true }))).toEqual(['welcomeMail', 'stripeCustomer', 'trialSubscription']);
  expect(hasInstance({})).toBe(true);
  expect(hasInstance({ withoutInstance: true })).toBe(false);
});
