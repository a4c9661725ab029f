import { resolveTerms } from '../../../workflows/domain/terms.ts';
import { restartOf, type Kept, type LedgerStep } from '../../../workflows/domain/restart.ts';
import { tenure } from '../../support/default-product.ts';

const profile = tenure;
const END = '2027-03-15T12:00:00.250Z';
const done = (epoch = 1): LedgerStep => ({ state: 'done', epoch, errorType: null });
const kept = (change: Partial<Kept> = {}): Kept => ({
  ...{ customerId: 'cust_1', phase: 'trial', terms: resolveTerms(profile, profile.plans[0]), trialEndsAt: END },
  ...{ signedUpAt: '2027-03-01T12:00:00.250Z' },
  ...{ clockOffsetMs: 0, standing: 'active', generation: 2, steps: {}, stackGeneration: 4, extensionsOrdered: 0 },
  ...{ licensedUntil: '2027-03-18T12:00:00.000Z', endOrdered: null, commandsOrdered: [], ...change },
});
const SUBSCRIBED = { wasSubscribed: true };
const NOBODY = { wasSubscribed: false };
const ORDERED = { reason: 'customer_asked', erase: false } as const;

const PHASES = [
  { what: 'a trial', kept: kept(), stripe: SUBSCRIBED, phase: 'trial', ends: false },
  { what: 'who pays', kept: kept({ phase: 'subscription' }), stripe: SUBSCRIBED, phase: 'subscription', ends: false },
  { what: 'a trial whose subscription is gone', kept: kept(), stripe: NOBODY, phase: 'trial', ends: false },
  {
    what: 'an onboarding before Stripe',
    kept: kept({ phase: 'onboarding' }),
    stripe: NOBODY,
    phase: 'onboarding',
    ends: false,
  },
  {
    what: 'an end that was ordered',
    kept: kept({ endOrdered: ORDERED }),
    stripe: SUBSCRIBED,
    phase: 'cancellation',
    ends: true,
  },
  {
    what: 'who has the free plan',
    kept: kept({ phase: 'free', trialEndsAt: null }),
    stripe: NOBODY,
    phase: 'free',
    ends: false,
  },
  {
    what: 'who is leaving',
    kept: kept({ phase: 'cancellation' }),
    stripe: SUBSCRIBED,
    phase: 'cancellation',
    ends: false,
  },
] as const;

test.each(PHASES)('$what: a run of $phase', ({ kept: row, stripe, phase, ends }) => {
  const restart = restartOf(row, stripe);
  expect({ phase: restart.phase, ends: restart.endsCustomer }).toEqual({ phase, ends });
  expect(restart.state.cancellation === null).toBe(phase !== 'cancellation');
  expect(restart.state.stackGeneration).toBe(4);
});

test('what was under way runs again under a key of its own; a mail keeps its key, and one that failed stays failed', () => {
  const steps = {
    welcomeMail: { state: 'running', epoch: 1, errorType: null },
    readyMail: { state: 'failed', epoch: 2, errorType: 'MailNotSent' },
    stripeCustomer: done(3),
    trialSubscription: { state: 'running', epoch: 1, errorType: null },
    stack: { state: 'failed', epoch: 2, errorType: 'QuotaExceeded' },
  };
  const { onboarding } = restartOf(kept({ phase: 'onboarding', steps }), NOBODY).state;
  expect(onboarding.steps).toEqual({
    welcomeMail: { state: 'waiting', epoch: 1 },
    stripeCustomer: { state: 'done', epoch: 3 },
    trialSubscription: { state: 'waiting', epoch: 2 },
    stack: { state: 'waiting', epoch: 3 },
    instanceHealth: { state: 'waiting', epoch: 1 },
    readyMail: { state: 'failed', epoch: 2, errorType: 'MailNotSent' },
  });
});

test('whom Stripe knows with a subscription was welcomed, whatever an older Postgres says', () => {
  const { steps } = restartOf(kept({ phase: 'onboarding' }), SUBSCRIBED).state.onboarding;
  expect(steps['welcomeMail']?.state).toBe('done');
  expect(steps['stack']?.state).toBe('waiting');
});

test('the trial goes on where it was: duties past, the licence as it is, extensions counted', () => {
  const { state } = restartOf(kept({ standing: 'suspended', extensionsOrdered: 9 }), SUBSCRIBED);
  expect(state.trialDutiesDone).toEqual(['remind:7', 'remind:2', 'expire', 'suspend']);
  expect(state.extensionsUsed).toBe(2);
  // The exact date that the licence was issued for, not rounded to seconds: it must not be issued again for that.
  expect(state.licensedUntil).toBe('2027-03-18T12:00:00.250Z');
});

test('a command that the run before was sent takes no second effect: whoever asks again is told to look', () => {
  const { answered } = restartOf(kept({ commandsOrdered: ['extendTrial:k'] }), SUBSCRIBED).state;
  expect(answered).toEqual([
    { commandId: 'extendTrial:k', result: null, refusal: expect.stringContaining('already ordered') as string },
  ]);
});
