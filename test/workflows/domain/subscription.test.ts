import type { BillingState, SubscriptionStatus } from '../../../workflows/domain/billing-state.ts';
import { isWaived, licensedUntil, meaningOf } from '../../../workflows/domain/subscription.ts';
import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { tenure } from '../../support/default-product.ts';

const profile = tenure;
const terms = resolveTerms(profile, profile.plans[0]);
const PERIOD_END = '2027-04-15T12:00:00.000Z';
const CURRENT = '2027-03-18T12:00:00.000Z';
const NOW = Date.parse(CURRENT);

const billing = (status: SubscriptionStatus, currentPeriodEndsAt: string | null = PERIOD_END): BillingState => ({
  subscription: {
    ...{ id: 'sub_1', status, priceId: 'price_1', trialEndsAt: null, currentPeriodEndsAt },
    ...{ cancelAtPeriodEnd: false, hasPaymentMethod: true },
  },
  checkout: null,
  latestInvoice: null,
});
const gone: BillingState = { ...billing('active'), subscription: null };

test.each([
  ['active', 'active', undefined],
  ['trialing', 'active', undefined],
  ['past_due', 'active', 'payment_failed'],
  ['unpaid', 'suspended', 'payment_failed'],
  ['paused', 'read_only', undefined],
  ['incomplete', 'read_only', 'payment_failed'],
  ['incomplete_expired', 'suspended', undefined],
  ['canceled', 'suspended', undefined],
] as const)('%s gives %s, tells %s (S0-16, S2-5)', (status, standing, tell) => {
  const meaning = meaningOf(billing(status), NOW);
  expect([meaning.standing, meaning.mail]).toEqual([standing, tell]);
  expect(meaning.rule).not.toBe('');
});

test.each(['past_due', 'unpaid', 'incomplete'] as const)(
  '%s takes nothing away while its collection is paused',
  (status) => {
    const owed = billing(status).subscription;
    const pause = { behavior: 'void', resumesAt: null };
    expect(meaningOf({ ...billing(status), subscription: owed && { ...owed, pause } }, NOW).standing).toBe('active');
  },
);

test.each([
  ['2027-03-18T12:00:00.000Z', 'read_only'],
  ['2027-03-18T12:00:01.000Z', 'active'],
])('a plan that its customer pauses from %s on is %s at noon', (byCustomerFrom, standing) => {
  const held = billing('active').subscription;
  const pause = { behavior: 'void', resumesAt: PERIOD_END, byCustomerFrom };
  expect(meaningOf({ ...billing('active'), subscription: held && { ...held, pause } }, NOW).standing).toBe(standing);
});

test('S3-4: a paid licence lasts until the period ends plus the grace', () => {
  expect(licensedUntil(billing('active'), { terms, current: CURRENT, waived: false })).toBe('2027-04-18T12:00:00.000Z');
});

test.each(['trialing', 'past_due', 'unpaid', 'paused', 'canceled'] as const)(
  '%s does not lengthen the licence',
  (status) => {
    expect(licensedUntil(billing(status), { terms, current: CURRENT, waived: false })).toBe(CURRENT);
  },
);

test('neither does a subscription without a period, nor none', () => {
  expect(licensedUntil(billing('active', null), { terms, current: CURRENT, waived: false })).toBe(CURRENT);
  expect(licensedUntil(gone, { terms, current: CURRENT, waived: false })).toBe(CURRENT);
});

test.each([
  ['voided, or kept as a draft', { status: 'void' }, false, true],
  ['open: Stripe is about to charge it', { status: 'open' }, false, false],
  ['a draft that Stripe will charge', { status: 'paid' }, true, false],
])('a period whose invoice is %s', (_what, latest, chargePending, waived) => {
  const { subscription } = billing('active');
  const state = {
    ...billing('active'),
    subscription: subscription && { ...subscription, paidUntil: null, chargePending },
    latestInvoice: { id: 'in_1', amountDue: 9_900, ...latest },
  };
  expect(isWaived(state, Date.parse(CURRENT))).toBe(waived);
  expect(licensedUntil(state, { terms, current: CURRENT, waived })).toBe(waived ? '2027-04-18T12:00:00.000Z' : CURRENT);
});
