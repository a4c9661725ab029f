import { adviceOn } from '../../../workflows/domain/difference-meanings.ts';
import {
  compareRecords,
  type CustomerRecord,
  type DifferenceKind,
  type RequestedRefund,
  type Records,
  type RunRecord,
  type StripeRecord,
} from '../../../workflows/domain/differences.ts';

const END = '2027-03-15T12:00:00.250Z';
const LATER = '2027-03-22T12:00:00.000Z';
const ENTITLED = { status: 'trialing', plan: 'price_1', currentPeriodEnd: END, trialExpiresAt: END };
const customer = (change: Partial<CustomerRecord> = {}): CustomerRecord => ({
  ...{ phase: 'trial', started: true, trialEndsAt: END, entitlement: ENTITLED, mailsInDoubt: [] },
  erasureOrderedAt: null,
  openRefunds: [],
  ...change,
});
const run = (change: Partial<RunRecord> = {}): RunRecord => ({
  ...{ status: 'running', phase: 'trial', trialEndsAt: END, failing: null },
  ...change,
});
const stripe = (change: Partial<StripeRecord> = {}): StripeRecord => ({
  // Stripe stores whole seconds.
  ...{ liveSubscription: 'sub_1', trialEndsAt: '2027-03-15T12:00:00.000Z', entitlement: ENTITLED },
  ...{ otherSubscriptions: [], strangeCustomer: null, otherCharge: null },
  ...change,
});
const NO_RUN = run({ status: 'none', phase: null, trialEndsAt: null });
const all = (change: Partial<Records> = {}): Records => ({
  customer: customer(),
  run: run(),
  stripe: stripe(),
  ...change,
});

const found = (records: Records): DifferenceKind[] =>
  [...compareRecords(records)].flatMap(([kind, details]) => (details === null ? [] : [kind]));

interface Row {
  readonly what: string;
  readonly records: Records;
  readonly kinds: readonly DifferenceKind[];
}

const ROWS: readonly Row[] = [
  { what: 'all three agree', records: all(), kinds: [] },
  { what: 'the run was terminated', records: all({ run: run({ status: 'stopped' }) }), kinds: ['no_run'] },
  { what: 'Temporal is empty', records: all({ run: NO_RUN }), kinds: ['no_run'] },
  {
    what: 'the customer was stored a moment ago',
    records: { customer: customer({ phase: 'onboarding', started: false }), run: NO_RUN },
    kinds: [],
  },
  { what: 'the life ended after the backup', records: all({ run: run({ status: 'ended' }) }), kinds: ['has_left'] },
  {
    what: 'who has left has no run',
    records: all({ customer: customer({ phase: 'ended' }), run: NO_RUN, stripe: stripe({ liveSubscription: null }) }),
    kinds: [],
  },
  {
    what: 'who has left is charged all the same',
    records: all({ customer: customer({ phase: 'ended' }), run: run({ phase: 'cancellation' }) }),
    kinds: ['subscription_without_customer'],
  },
  {
    what: 'another subscription beside the one we follow',
    records: all({ stripe: stripe({ otherSubscriptions: ['sub_2'] }) }),
    kinds: ['unmanaged_subscription'],
  },
  {
    what: 'another charge than was agreed',
    records: all({ stripe: stripe({ otherCharge: '129.00 USD is charged next.' }) }),
    kinds: ['charge_differs'],
  },
  {
    what: 'our row names a customer in Stripe that is not theirs',
    records: all({ stripe: stripe({ strangeCustomer: 'cus_2' }) }),
    kinds: ['strange_stripe_customer'],
  },
  {
    what: 'one who has left has a subscription that never was ours',
    records: all({
      ...{ customer: customer({ phase: 'ended' }), run: NO_RUN },
      stripe: stripe({ liveSubscription: null, otherSubscriptions: ['sub_2'] }),
    }),
    kinds: ['unmanaged_subscription'],
  },
  {
    what: 'who has left, while the backup is kept',
    records: all({
      ...{ customer: customer({ phase: 'ended' }), run: run({ phase: 'cancellation' }) },
      stripe: stripe({ liveSubscription: null }),
    }),
    kinds: [],
  },
  { what: 'nobody knows whose run it is', records: { customer: null, run: run() }, kinds: ['no_customer'] },
  {
    what: 'nobody knows whose run and subscription it is',
    records: all({ customer: null }),
    kinds: ['no_customer', 'subscription_without_customer'],
  },
  {
    what: 'only Stripe knows them',
    records: all({ customer: null, run: NO_RUN }),
    kinds: ['subscription_without_customer'],
  },
  {
    what: 'unknown everywhere, and nothing is charged',
    records: { customer: null, run: NO_RUN, stripe: stripe({ liveSubscription: null }) },
    kinds: [],
  },
  { what: 'another phase', records: all({ customer: customer({ phase: 'onboarding' }) }), kinds: ['phase_differs'] },
  {
    what: 'ended here, in trial there',
    records: all({ customer: customer({ phase: 'ended' }) }),
    kinds: ['phase_differs'],
  },
  { what: 'an end of the trial', records: all({ run: run({ trialEndsAt: LATER }) }), kinds: ['dates_differ'] },
  {
    what: 'the trial moved in Stripe',
    records: all({ stripe: stripe({ trialEndsAt: LATER }) }),
    kinds: ['dates_differ'],
  },
  {
    what: 'a trial that is over in Stripe has no end there',
    records: all({ stripe: stripe({ trialEndsAt: null }) }),
    kinds: [],
  },
  {
    what: 'the paid period',
    records: all({ stripe: stripe({ entitlement: { ...ENTITLED, currentPeriodEnd: LATER } }) }),
    kinds: ['dates_differ'],
  },
  {
    what: 'paid there, in trial here',
    records: all({ stripe: stripe({ entitlement: { ...ENTITLED, status: 'active' } }) }),
    kinds: ['entitlement_differs'],
  },
  {
    what: 'the entitlement of one who is being onboarded is not read yet',
    records: all({ customer: customer({ phase: 'onboarding', entitlement: null }), run: run({ phase: 'onboarding' }) }),
    kinds: [],
  },
  {
    what: 'a task that fails',
    records: all({ run: run({ failing: 'the workflow task fails: non deterministic error.' }) }),
    kinds: ['workflow_task_failing'],
  },
  {
    what: 'mails that may have gone out',
    records: all({ customer: customer({ mailsInDoubt: ['welcomeMail'] }) }),
    kinds: ['mail_in_doubt'],
  },
  {
    what: 'an erasure that nothing carries out',
    records: all({
      customer: customer({ phase: 'ended', erasureOrderedAt: END }),
      stripe: stripe({ liveSubscription: null }),
      run: run({ status: 'ended', isErased: false }),
    }),
    kinds: ['erasure_owed'],
  },
  {
    what: 'an erasure under way',
    records: all({
      customer: customer({ phase: 'ended', erasureOrderedAt: END }),
      stripe: stripe({ liveSubscription: null }),
      run: run({ status: 'ended', isErased: true }),
    }),
    kinds: [],
  },
];

const REFUND = {
  ...{ auditId: 7, actor: 'staff', commandId: 'click', at: END, invoiceId: 'in_1', amount: 250, currency: 'usd' },
} satisfies RequestedRefund;

test.each([
  { what: 'lost', lostRefunds: [REFUND], owed: `2.50 USD of in_1, ordered at ${END}; no workflow carries it out.` },
  { what: 'under way', lostRefunds: [], owed: null },
  { what: 'not asked for in Temporal', lostRefunds: undefined, owed: undefined },
])('a refund that is $what: $owed', ({ lostRefunds, owed }) => {
  const records = all({ customer: customer({ openRefunds: [REFUND] }), lostRefunds });
  expect(compareRecords(records).get('refund_owed')).toBe(owed);
});

test.each(ROWS)('$what: $kinds', ({ records, kinds }) => {
  expect(found(records)).toEqual(kinds);
});

test('what was not asked is not judged: neither found nor taken back', () => {
  const listed = { status: 'running', phase: 'trial', trialEndsAt: END } as const;
  const judged = [...compareRecords({ customer: customer(), run: listed }).keys()];
  const ofTwo = ['no_run', 'has_left', 'no_customer', 'phase_differs', 'subscription_without_customer'];
  expect(judged).toEqual([...ofTwo, 'erasure_owed', 'refund_owed', 'mail_in_doubt']);
  const nothing = compareRecords({ customer: null });
  expect([...nothing.keys()]).toEqual([
    ...[
      'dates_differ',
      'entitlement_differs',
      'unmanaged_subscription',
      'charge_differs',
      'strange_stripe_customer',
      'erasure_owed',
      'refund_owed',
      'mail_in_doubt',
    ],
  ]);
});

test('a trouble is told with its cause in a sentence of its own', () => {
  const { title, cause } = adviceOn({ kind: 'instance_down', cause: 'a file it starts from is damaged.' });
  expect(title).toBe('Instance down');
  expect(cause).toMatch(/\. Cause: a file it starts from is damaged\.$/);
});
