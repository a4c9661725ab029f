import { CORE_STEPS } from '../../../workflows/domain/core-steps.ts';
import { contrast } from '../../../workflows/domain/profiles/brand.ts';
import { WrongProductError, checkProfile } from '../../../workflows/domain/profiles/check-profile.ts';
import type { Plan, Profile } from '../../../workflows/domain/profiles/index.ts';
import type { Step } from '../../../workflows/domain/steps.ts';
import { tenure } from '../../support/default-product.ts';
import { manyPrices, manyPricesFree } from '../../support/many-prices.ts';

const DOMAIN: Step = {
  ...{ name: 'mailDomain', title: 'Set up your mail domain', part: 'instance', needs: ['stripeCustomer'], takes: [] },
  ...{ whenItFails: 'policy', run: 'addMailDomain' },
};
const [starter] = tenure.plans;

/** The complaints about the product with these changes. */
function problemsOf(changes: Partial<Profile>): readonly string[] {
  try {
    checkProfile({ ...tenure, ...changes });
    return [];
  } catch (error) {
    if (error instanceof WrongProductError) return error.problems;
    throw error;
  }
}
const plans = (changes: Partial<Plan>): Partial<Profile> => ({ plans: [{ ...starter, ...changes }] });
const withStep = (changes: Partial<Step>): Partial<Profile> => ({ steps: [...CORE_STEPS, { ...DOMAIN, ...changes }] });

test('a product with a step of its own is taken as it is', () => {
  expect(problemsOf(withStep({}))).toEqual([]);
});

test('plans with several prices, features and limits are taken', () => {
  expect([problemsOf(manyPrices), problemsOf(manyPricesFree)]).toEqual([[], []]);
});

test.each<[string, Partial<Profile>, string]>([
  [
    'a step that needs an unknown one',
    withStep({ needs: ['lunch'] }),
    'steps.mailDomain.needs: there is no step "lunch".',
  ],
  ['a step that needs a later one', { steps: [DOMAIN, ...CORE_STEPS] }, '"stripeCustomer" stands after it'],
  ['a step that needs itself', withStep({ needs: ['mailDomain'] }), '"mailDomain" stands after it'],
  [
    'a step without an activity',
    { steps: [...CORE_STEPS, { ...DOMAIN, run: undefined as never }] },
    'steps.mailDomain.run is missing',
  ],
  [
    'a step of the core with an activity',
    { steps: CORE_STEPS.map((step) => ({ ...step, run: 'mine' })) },
    'is a step of the core',
  ],
  ['two steps of one name', { steps: [...CORE_STEPS, DOMAIN, DOMAIN] }, 'steps: two are named "mailDomain"'],
  ['a name with a blank', withStep({ name: 'mail domain' }), 'a name is letters and digits'],
  ['a name that a replay uses', withStep({ name: 'failed' }), 'means something else'],
  ['a name that every object has', withStep({ name: 'constructor' }), 'means something else'],
  [
    'a need that a customer without an instance never has',
    withStep({ part: 'account', needs: ['stack'] }),
    'part must be "instance"',
  ],
  ['no title', withStep({ title: ' ' }), 'steps.mailDomain.title is empty'],
  ['an undo that never runs', withStep({ whenItFails: 'continue', undo: 'removeMailDomain' }), 'undo would never run'],
  ['a plan without a name', { plans: [{ ...starter, name: ' ' }] }, 'plans.starter.name must be one line'],
  [
    'a plan with a line break in its name',
    { plans: [{ ...starter, name: 'a\nb' }] },
    'plans.starter.name must be one line',
  ],
  ['two plans of one name', { plans: [starter, { ...starter, id: 'other' }] }, 'customers could not tell them apart'],
  ['a region that is no name', { regions: ['eu', 'a\nb'] }, 'is not a valid name. Use a-z'],
  ['two plans of one id', { plans: [starter, starter] }, 'plans: two have the id "starter"'],
  [
    'a price of zero with a trial',
    { plans: [{ ...starter, monthlyCents: 0, trialDays: 7 }] },
    'plans.starter costs nothing',
  ],
  [
    'a reminder that comes too late',
    { prospects: { remindAfterHours: 24, abandonAfterHours: 24 } },
    'prospects.remindAfterHours must be less than',
  ],
  ['a trial that never ends', { plans: [{ ...starter, trialDays: 1e9 }] }, 'plans.starter.trialDays must be from'],
  [
    'two plans that cost nothing',
    { plans: [starter, { ...starter, id: 'a', monthlyCents: 0 }, { ...starter, id: 'b', monthlyCents: 0 }] },
    'plans: a and b cost nothing. Keep one',
  ],
  [
    'half a cent',
    { plans: [{ ...starter, monthlyCents: 99.5 }] },
    "must be a whole number of the currency's smallest unit",
  ],
  [
    'a reminder before the trial',
    { reminderDaysBeforeEnd: [14] },
    '14 days before its end a trial of 14 has not begun',
  ],
  [
    'a wait that never ends or never begins',
    { retry: { ...tenure.retry, backoff: 0.5 } },
    'retry.backoff must be from 1',
  ],
  [
    'an alert without a pause',
    { onboarding: { ...tenure.onboarding, alertEveryHours: 0 } },
    'onboarding.alertEveryHours must be from 0.1',
  ],
  [
    'a disposable domain that would never match',
    { signupRules: { refuseDisposableAddresses: true, moreDisposableDomains: ['Temp.Mail', '@x.example', 'com'] } },
    'signupRules.moreDisposableDomains: "Temp.Mail" is not a valid domain',
  ],
  [
    'disposable domains that are refused to nobody',
    { signupRules: { moreDisposableDomains: ['tempmail.com'] } },
    'needs refuseDisposableAddresses: true',
  ],
  ['names of nobody', { signupRules: { minCompanyName: 101 } }, 'signupRules.minCompanyName must be from 1 to 100'],
  ['half a character', { signupRules: { minCompanyName: 1.5 } }, 'signupRules.minCompanyName must be a whole number'],
  [
    'a free plan that is paid first',
    { paysFirst: true, plans: [{ ...starter, monthlyCents: 0 }] },
    'paysFirst: a free',
  ],
  [
    'two coupons that are offered',
    { coupons: ['a', 'b'].map((id) => ({ id, name: id, percentOff: 5, duration: 'once' as const, isOffered: true })) },
    'coupons: two are isOffered',
  ],
  [
    'an id in Stripe with a blank',
    { plans: [{ ...starter, stripeProduct: 'prod one' }] },
    'plans.starter.stripeProduct must be letters',
  ],
  ['a framework of two lines', { plans: [{ ...starter, framework: 'a\nb' }] }, 'plans.starter.framework must be one'],
  ['no number', { graceDays: NaN }, 'graceDays must be from 0 to 365'],
  ['a part of a device', { plans: [{ ...starter, maxDevices: NaN }] }, 'maxDevices must be a whole number'],
  ['a currency that nobody has', { currency: 'zzq' }, 'currency: this is not a currency of ISO 4217'],
  [
    'another currency that nobody has',
    plans({ otherCurrencies: { zzq: { monthlyCents: 9_900 } } }),
    'plans.starter.otherCurrencies.zzq: this is not a currency',
  ],
  ['no currency', { currency: 'EUR ' }, 'currency: this is not a currency of ISO 4217. Use the three small letters'],
  [
    'more than Stripe takes',
    { plans: [{ ...starter, monthlyCents: 100_000_000 }] },
    "must be a whole number of the currency's smallest unit (cents), 99999999 at",
  ],
  [
    'a year that is dearer than its months',
    plans({ annualCents: 118_801 }),
    'plans.starter.annualCents is 118801, and 12 months cost 118800 by the month',
  ],
  [
    'a quarter for less than a month',
    plans({ quarterlyCents: 2_673 }),
    'plans.starter.quarterlyCents is 2673, less than one month (9900)',
  ],
  [
    'half a cent a year',
    plans({ annualCents: 99_000.5 }),
    "plans.starter.annualCents must be a whole number of the currency's smallest unit",
  ],
  [
    'a free plan by the year',
    plans({ monthlyCents: 0, annualCents: 100 }),
    'plans.starter costs nothing: leave its other prices out',
  ],
  [
    'a currency that is none',
    plans({ otherCurrencies: { euro: { monthlyCents: 9_900 } } }),
    'plans.starter.otherCurrencies.euro: this is not a currency',
  ],
  [
    'its own currency as another one',
    plans({ otherCurrencies: { usd: { monthlyCents: 9_900 } } }),
    'plans.starter.otherCurrencies.usd is the currency of the product',
  ],
  [
    'a slip in another currency',
    plans({ otherCurrencies: { eur: { monthlyCents: 9_900, annualCents: 990_000 } } }),
    'plans.starter.otherCurrencies.eur.annualCents is 990000',
  ],
  [
    'a plan that costs nothing in one currency',
    plans({ otherCurrencies: { eur: { monthlyCents: 0 } } }),
    'plans.starter.otherCurrencies.eur.monthlyCents is 0',
  ],
  [
    'a plan without a currency that another has',
    {
      plans: [
        { ...starter, otherCurrencies: { eur: { monthlyCents: 9_900 } } },
        { ...starter, id: 'two' },
      ],
    },
    'plans.two.otherCurrencies.eur is missing',
  ],
  [
    'a part of an amount that Stripe does not take',
    { ...plans({ monthlyCents: 9_905 }), currency: 'kwd' },
    'plans.starter.monthlyCents must be a multiple of 10',
  ],
  ['a feature with a blank', plans({ features: ['single sign-on'] }), 'plans.starter.features: "single sign-on" is no'],
  ['a feature twice', plans({ features: ['sso', 'sso'] }), 'plans.starter.features: "sso" is there twice'],
  ['a limit that every object has', plans({ limits: { constructor: 5 } }), 'plans.starter.limits: "constructor" is no'],
  ['devices as a limit', plans({ limits: { maxDevices: 5 } }), 'plans.starter.limits: maxDevices is a member of the'],
  ['a limit of half', plans({ limits: { users: 0.5 } }), 'plans.starter.limits.users must be a whole number'],
  ...(
    [
      ['whenItFails', 'continue'],
      ['needs', []],
      ['takes', ['email']],
      ['part', 'account'],
      ['mail', 'mine'],
      ['queue', 'provisioning'],
    ] as const
  ).map(([member, value]): [string, Partial<Profile>, string] => [
    `a step of the core with ${member} of its own`,
    { steps: CORE_STEPS.map((step) => (step.name === 'instanceHealth' ? { ...step, [member]: value } : step)) },
    `steps.instanceHealth.${member} is not as the core has it`,
  ]),
  ['no steps', { steps: [] }, 'steps: "stripeCustomer" is missing. Begin the list with CORE_STEPS'],
  ['an unknown queue', withStep({ queue: 'fast' as never }), 'queue must be "lifecycle" or "provisioning"'],
  ['no trial', { trialDays: 0, reminderDaysBeforeEnd: [] }, 'trialDays must be from 0.00001 to 730'],
  ['a name that is none', { name: 'Ädä' }, 'name: use a-z, 0-9'],
  ['a name of two lines', { brand: { name: 'Acme\nBcc: all@acme.example' } }, 'brand.name must be one line'],
  ['a colour that is none', { brand: { name: 'Acme', colour: 'red;}' } }, 'brand.colour must be # and six digits'],
  [
    'a colour on which nobody can read',
    { brand: { name: 'Acme', colour: '#ff8800' } },
    'white text on #ff8800 has a contrast of 2.4, and needs 4.5',
  ],
  ['a logo of another kind', { brand: { name: 'Acme', logo: 'logo.gif' } }, 'brand.logo must be the name of an .svg'],
  ['a region twice', { regions: ['eu', 'eu'] }, 'regions: "eu" is named twice'],
])('%s is refused, with the place and what to do', (_name, changes, words) => {
  expect(problemsOf(changes)).toContainEqual(expect.stringContaining(words));
});

test('contrast is that of WCAG', () => {
  expect(contrast('#ffffff', '#000000')).toBe(21);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
});

test('everything that is wrong is said at once', () => {
  expect(problemsOf({ ...withStep({ needs: ['lunch'], title: '' }), plans: [starter, starter] })).toHaveLength(3);
});
