import { findPlan, findProfile, priceLookupKey } from '../../../workflows/domain/profiles/index.ts';
import { diagnose } from '../../../workflows/domain/failures.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { daysAfter } from '../../../workflows/domain/time.ts';
import { tenure } from '../../support/default-product.ts';

const profile = tenure;

test('S1-5 S4-9: the default profile sells three plans at the prices of S4, 14 days of trial, 3 days of grace', () => {
  expect(profile.plans.map(({ id, monthlyCents, maxDevices }) => [id, monthlyCents, maxDevices])).toEqual([
    ['starter', 9_900, 10],
    ['professional', 49_900, 100],
    ['enterprise', 249_900, 1_000],
  ]);
  expect(profile).toMatchObject({ trialDays: 14, reminderDaysBeforeEnd: [7, 2], graceDays: 3, retentionDays: 30 });
  expect(profile).toMatchObject({ maxTrialExtensions: 2, currency: 'usd', signupsPerHour: 20 });
});

test('a signup that names no plan gets the first; one that does not exist is not found', () => {
  expect(findPlan(profile)?.id).toBe('starter');
  expect(findPlan(profile, 'enterprise')?.maxDevices).toBe(1_000);
  expect(findPlan(profile, 'platinum')).toBeUndefined();
});

test('lookup keys of prices differ by profile and plan', () => {
  const keys = profile.plans.map(({ id }) => priceLookupKey(profile, id, { cycle: 'monthly', currency: 'usd' }));
  expect(new Set(keys).size).toBe(profile.plans.length);
  expect(keys[0]).toBe('tenure_starter_monthly');
});

test('an unknown profile is refused with the names there are', () => {
  expect(() => findProfile('nobody')).toThrow(/no product "nobody" here. Products: tenure/);
});

test('terms are copied: the profile may change later, the customer keeps what was sold', () => {
  const [plan] = profile.plans;
  const terms = resolveTerms(profile, plan);
  expect(terms).toMatchObject({ plan: 'starter', maxDevices: 10, connections: 5, trialDays: 14, target: 'local' });
  expect(JSON.parse(JSON.stringify(terms))).toEqual(terms);
});

test('S2-8 S4-20: trial days, extensions and the retry interval can be set from outside', () => {
  const terms = resolveTerms(profile, profile.plans[0], { trialDays: 30, maxTrialExtensions: 0, retryInitialMs: 5 });
  expect([terms.trialDays, terms.maxTrialExtensions, terms.retry.initialMs]).toEqual([30, 0, 5]);
  expect(terms.retry.attempts).toBe(profile.retry.attempts);
});

test('days may be fractions', () => {
  expect(daysAfter('2027-01-01T00:00:00.000Z', 0.5)).toBe('2027-01-01T12:00:00.000Z');
});

test('every failure has a cause and a way out, an unknown one too', () => {
  for (const type of ['InvalidSpec', 'StripeUnavailable', 'TimedOut', 'never heard of']) {
    const { cause, suggestedFix } = diagnose(type);
    expect([cause, suggestedFix].every((text) => text.endsWith('.'))).toBe(true);
  }
});
