import fc from 'fast-check';
import type { BillingState, SubscriptionStatus } from '../../../workflows/domain/billing-state.ts';
import { resolveTerms, type Terms } from '../../../workflows/domain/terms.ts';
import { DAY_MS, daysAfter } from '../../../workflows/domain/time.ts';
import {
  dutyInWords,
  judgeTrial,
  nextDuty,
  pastReminders,
  refuseExtension,
  trialAgenda,
  type TrialVerdict,
} from '../../../workflows/domain/trial.ts';
import { tenure } from '../../support/default-product.ts';

const profile = tenure;
const terms = resolveTerms(profile, profile.plans[0]);
const START = '2027-03-01T12:00:00.000Z';
const END = daysAfter(START, 14);
const daysFromStart = (at: number): number => (at - Date.parse(START)) / DAY_MS;

test('S1-4 S3-2: a trial of 14 days owes day 7, day 12, day 14, then 3 days read-only and 30 days kept', () => {
  const agenda = trialAgenda(terms, END).map(({ duty, at }) => [duty, daysFromStart(at)]);
  expect(agenda).toEqual([
    ['remind:7', 7],
    ['remind:2', 12],
    ['expire', 14],
    ['suspend', 17],
    ['leave', 47],
  ]);
  expect(trialAgenda(terms, END).map(({ duty }) => dutyInWords(duty))).toEqual([
    'the reminder 7 days before the end',
    'the reminder 2 days before the end',
    'the end of the trial',
    'the end of the grace',
    'the end of the time that data are kept',
  ]);
});

test('the agenda is in order and carries each duty once, whatever the terms', () => {
  const anyTerms = fc.record({
    reminderDaysBeforeEnd: fc.uniqueArray(fc.double({ min: 0.001, max: 60, noNaN: true }), { maxLength: 5 }),
    graceDays: fc.integer({ min: 0, max: 30 }),
    retentionDays: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(anyTerms, (some) => {
      const agenda = trialAgenda({ ...terms, ...some }, END);
      const duties = agenda.map(({ duty }) => duty);
      expect(agenda.map(({ at }) => at)).toEqual(agenda.map(({ at }) => at).sort((one, other) => one - other));
      expect(new Set(duties).size).toBe(some.reminderDaysBeforeEnd.length + 3);
      expect(duties.slice(-3)).toEqual(['expire', 'suspend', 'leave']);
    }),
  );
});

test('carrying out what is next until nothing is left does every duty once', () => {
  const agenda = trialAgenda(terms, END);
  const done: string[] = [];
  for (let due = nextDuty(agenda, done); due; due = nextDuty(agenda, done)) done.push(due.duty);
  expect(done).toEqual(agenda.map(({ duty }) => duty));
});

test.each([
  ['before any', -0.5, []],
  ['at the first', 7, ['remind:7']],
  ['between the two', 8, ['remind:7']],
  ['after both', 13, ['remind:7', 'remind:2']],
  ['long after the end', 90, ['remind:7', 'remind:2']],
])('S1-4: reminders %s are not owed any more, the end always is', (_when, day, past) => {
  expect(pastReminders(terms, END, Date.parse(START) + day * DAY_MS)).toEqual(past);
});

const billing = (subscription: Partial<NonNullable<BillingState['subscription']>> | null): BillingState => ({
  subscription: subscription && {
    ...{ id: 'sub_1', status: 'trialing', priceId: 'price_1', trialEndsAt: END, currentPeriodEndsAt: END },
    ...{ cancelAtPeriodEnd: false, hasPaymentMethod: false, ...subscription },
  },
  checkout: null,
  latestInvoice: null,
});
const checkout = { id: 'cs_1', paymentMethodId: 'pm_1', chargeWhen: 'now' } as const;

const VERDICTS: Readonly<
  Partial<
    Record<
      SubscriptionStatus,
      { readonly bare: TrialVerdict; readonly withMethod: TrialVerdict; readonly withCheckout: TrialVerdict }
    >
  >
> = {
  trialing: { bare: 'unpaid', withMethod: 'pays_at_trial_end', withCheckout: 'apply_checkout' },
  paused: { bare: 'unpaid', withMethod: 'unpaid', withCheckout: 'apply_checkout' },
  incomplete: { bare: 'unpaid', withMethod: 'unpaid', withCheckout: 'apply_checkout' },
};

describe.each(Object.entries(VERDICTS))('a subscription that is %s', (status, verdicts) => {
  const held = { status: status as SubscriptionStatus };
  test.each([
    ['without a payment method', verdicts.bare, billing(held)],
    ['with a payment method', verdicts.withMethod, billing({ ...held, hasPaymentMethod: true })],
    ['with a completed checkout', verdicts.withCheckout, { ...billing(held), checkout }],
  ])('%s: %s', (_case, verdict, state) => {
    expect(judgeTrial(state)).toBe(verdict);
  });
});

test('a paused subscription with a method is resumed once, not again and again', () => {
  const paused = billing({ status: 'paused', hasPaymentMethod: true });
  expect(judgeTrial(paused, { resumed: false })).toBe('apply_checkout');
  expect(judgeTrial(paused, { resumed: true })).toBe('unpaid');
});

describe('S4-6: extensions', () => {
  const refuse = (days: number, extensionsUsed = 0, of: Terms = terms) =>
    refuseExtension({ terms: of, extensionsUsed }, days);

  test.each([0.5, 1, 7, 30])('%d days are granted', (days) => {
    expect(refuse(days)).toBeUndefined();
  });
  test.each([0, -1, 30.01, 1e9, Number.NaN, Number.POSITIVE_INFINITY])('%d days are refused in a sentence', (days) => {
    expect(refuse(days)).toBe('A trial is extended by more than 0 and at most 30 days.');
  });
  test('at most as many as the terms allow', () => {
    expect(refuse(7, 1)).toBeUndefined();
    expect(refuse(7, 2)).toBe('This trial was extended 2 times; its terms allow 2.');
    expect(refuse(7, 0, { ...terms, maxTrialExtensions: 0 })).toMatch(/allow 0/);
  });
});
