import type { Profile } from '../../workflows/domain/profiles/index.ts';
import type { Answer } from './answer.ts';
import { conclude, examine, missing, okIf, type Check, type Finding, type Topic } from './finding.ts';
import { couponsTopic, type StripeCoupon } from './stripe-coupons.ts';
import { pricesTopic, type StripePrice } from './stripe-prices.ts';
import { SILENCE, permission } from './stripe-silence.ts';
import { webhookFindings, type StripeEndpoint, type WebhookExpected } from './stripe-webhook.ts';
import { howTo } from '../program-file.ts';

export interface StripeFacts {
  /** Whether the key is of live mode. */
  readonly key: Answer<boolean>;
  readonly charges: Answer<boolean>;
  /** Of the lookup keys asked for, archived ones too. */
  readonly prices: Answer<readonly StripePrice[]>;
  /** Of the ids asked for. */
  readonly coupons: Answer<readonly StripeCoupon[]>;
  readonly endpoints: Answer<readonly StripeEndpoint[]>;
  /** How many events of the last hour not every endpoint has taken; those of the last minute are not counted. */
  readonly undelivered: Answer<number>;
}

export interface StripeExpected extends WebhookExpected {
  readonly profile: Profile;
  /** Not for customers yet: test mode and stand-ins are no mistake. */
  readonly rehearsal: boolean;
  /** Address of a server that is not Stripe's. */
  readonly standIn: string | undefined;
}

const keyTopic = ({ rehearsal }: StripeExpected): Topic<boolean> => ({
  part: 'Stripe',
  about: 'secret key',
  silence: SILENCE,
  refusal: {
    state: 'missing',
    means: 'every signup waits at "stripeCustomer", and nobody can pay',
    remedy: 'dashboard > Developers > API keys > Secret key: put it into STRIPE_SECRET_KEY and restart the processes',
  },
  checks: [
    {
      check: 'secret key',
      look: (live) =>
        okIf(live || rehearsal, `valid, of ${live ? 'live' : 'test'} mode`, 'valid, but of test mode: no money moves'),
      means: 'customers "pay" with test cards only, and real cards are declined',
      remedy: `dashboard, "Test mode" off > Developers > API keys: put the live key into STRIPE_SECRET_KEY; for a rehearsal run "${howTo('doctor', '--staging')}"`,
    },
  ],
});

const CHARGES: Topic<boolean> = {
  part: 'Stripe',
  about: 'account',
  silence: SILENCE,
  refusal: permission('the account'),
  checks: [
    {
      check: 'account',
      look: (enabled) => okIf(enabled, 'may take payments', 'may not take payments yet'),
      means: 'customers can sign up and nobody can pay',
      remedy: 'dashboard > Home: complete what Stripe asks of the business (identity, bank account)',
    },
  ],
};

const STAND_IN: readonly Check<string>[] = [
  {
    check: 'STRIPE_API_BASE',
    look: (address) => missing(`${address} stands in for Stripe`),
    means: 'nobody is charged',
    remedy: 'unset STRIPE_API_BASE',
  },
];

/** What Stripe has and lacks for the profile at that address. */
export function stripeFindings(facts: StripeFacts, expected: StripeExpected): Finding[] {
  const { standIn, rehearsal } = expected;
  const elsewhere = standIn === undefined || rehearsal ? [] : examine('Stripe', standIn, STAND_IN);
  const key = conclude(keyTopic(expected), facts.key);
  // Without a key that is taken, or without Stripe, every other answer would be the same one.
  if (!('told' in facts.key)) return [...elsewhere, ...key];
  const live = facts.key.told || !expected.rehearsal;
  return [
    ...elsewhere,
    ...key,
    ...conclude(CHARGES, facts.charges),
    ...conclude(pricesTopic({ ...expected, live }), facts.prices),
    ...(expected.profile.coupons ? conclude(couponsTopic({ ...expected, live }), facts.coupons) : []),
    ...webhookFindings(facts, expected),
  ];
}
