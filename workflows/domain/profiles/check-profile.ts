import { CORE_STEP_NAMES, CORE_STEPS, type CoreStepName } from '../core-steps.ts';
import { namesOf, replayPlaces, type Step } from '../steps.ts';
import { problemsOfBrand } from './brand.ts';
import { isCurrency, NOT_A_CURRENCY } from './currency.ts';
import { problemsOfPlans, repeated, TRIAL_DAYS } from './check-plans.ts';
import { problemsOfCoupons } from './coupons.ts';
import { isFree } from './prices.ts';
import type { Profile, SignupRules } from './profile.ts';

/** What is wrong with a product: where, and what to do about it. */
export class WrongProductError extends Error {
  override readonly name = 'WrongProductError';
  readonly problems: readonly string[];

  constructor(product: string, problems: readonly string[]) {
    super(`The product "${product}" cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const NAME = /^[a-zA-Z][a-zA-Z0-9]{0,59}$/;
const isCore = (name: string): boolean => CORE_STEP_NAMES.some((core) => core === name);

function* ofName({ name, title }: Step, at: string): Generator<string> {
  if (!NAME.test(name)) yield `${at}: a name is letters and digits, 60 at most, and begins with a letter.`;
  if ([...replayPlaces([]), 'any'].includes(name) || name in {})
    yield `${at}: "${name}" means something else. Rename it.`;
  if (title.trim() === '') yield `${at}.title is empty. Customers read it while they wait.`;
}

function* ofNeeds({ needs, part }: Step, at: string, steps: readonly Step[], index: number): Generator<string> {
  for (const needed of needs) {
    const place = steps.findIndex(({ name }) => name === needed);
    if (place < 0) yield `${at}.needs: there is no step "${needed}". Steps: ${namesOf(steps).join(', ')}.`;
    else if (place >= index) yield `${at}.needs: "${needed}" stands after it. Put it before.`;
    // A customer without an instance has neither, and would wait for it for ever.
    else if (steps[place]?.part === 'instance' && part !== 'instance')
      yield `${at}.part must be "instance", because it needs "${needed}", which is.`;
  }
}

function* ofQueue({ queue = 'lifecycle' }: Step, at: string): Generator<string> {
  if (!['lifecycle', 'provisioning'].includes(queue)) yield `${at}.queue must be "lifecycle" or "provisioning".`;
}

function* ofMail(at: string, { undo, whenItFails }: Step): Generator<string> {
  if (undo !== undefined || whenItFails !== 'continue')
    yield `${at} sends a mail, which stops nobody and is not taken back. Leave undo and whenItFails out.`;
}

/** What the workflow relies on. A title is the product's own. */
const FIXED = ['part', 'needs', 'takes', 'whenItFails', 'mail', 'queue'] as const satisfies readonly (keyof Step)[];

function* ofCoreStep(step: Step, at: string): Generator<string> {
  const core = CORE_STEPS.find(({ name }) => name === step.name);
  for (const member of FIXED)
    if (JSON.stringify(step[member]) !== JSON.stringify(core?.[member]))
      yield `${at}.${member} is not as the core has it. Take the step from CORE_STEPS unchanged.`;
}

function* ofActivities(step: Step, at: string): Generator<string> {
  const { name, run, undo, preview, mail, whenItFails } = step;
  if (isCore(name)) {
    yield* ofCoreStep(step, at);
    if ((run ?? undo ?? preview) !== undefined)
      yield `${at} is a step of the core, and takes no activities. Rename it.`;
    return;
  }
  if (run === undefined) yield `${at}.run is missing: name the activity that carries it out.`;
  if (mail !== undefined) yield* ofMail(at, step);
  if (undo !== undefined && whenItFails === 'continue')
    yield `${at}.undo would never run: what may fail without stopping the onboarding is not taken back.`;
}

/** Every later phase takes it for granted that they were carried out. */
const NEEDED: readonly CoreStepName[] = ['stripeCustomer', 'trialSubscription'];

function* ofSteps(steps: readonly Step[]): Generator<string> {
  for (const name of NEEDED)
    if (!steps.some((step) => step.name === name && step.whenItFails === 'policy'))
      yield `steps: "${name}" is missing. Begin the list with CORE_STEPS.`;
  for (const mail of repeated(steps.flatMap((step) => step.mail ?? [])))
    yield `steps: two send the mail "${mail}". It is known by its step: give each its own.`;
  for (const name of repeated(namesOf(steps))) yield `steps: two are named "${name}". Rename one.`;
  for (const [index, step] of steps.entries()) {
    const at = `steps.${step.name}`;
    yield* ofName(step, at);
    yield* ofNeeds(step, at, steps, index);
    yield* ofQueue(step, at);
    yield* ofActivities(step, at);
  }
}

/** Of steps that are only kept for those who have them. */
function* ofRetired(retired: readonly Step[], steps: readonly Step[]): Generator<string> {
  for (const name of repeated([...namesOf(steps), ...namesOf(retired)]).filter((one) => namesOf(retired).includes(one)))
    yield `retired: "${name}" is there twice, or among the steps too. Keep one.`;
  for (const step of retired) {
    const at = `retired.${step.name}`;
    yield* ofName(step, at);
    yield* ofQueue(step, at);
    yield* ofActivities(step, at);
  }
}

/** Figures that a workflow reckons with: one that is none, or too small, would stop it or have it go round and round. */
const RANGES: readonly (readonly [name: string, of: (profile: Profile) => number, min: number, max: number])[] = [
  ['trialDays', ({ trialDays }) => trialDays, ...TRIAL_DAYS],
  ['pastDueDays', ({ pastDueDays }) => pastDueDays, 0, 365],
  ['graceDays', ({ graceDays }) => graceDays, 0, 365],
  ['retentionDays', ({ retentionDays }) => retentionDays, 0, 3_650],
  ['maxTrialExtensions', ({ maxTrialExtensions }) => maxTrialExtensions, 0, 100],
  ['maxPauseMonths', ({ maxPauseMonths }) => maxPauseMonths, 0, 24],
  ['signupsPerHour', ({ signupsPerHour }) => signupsPerHour, 1, 1_000_000],
  ['signupRules.minCompanyName', ({ signupRules: { minCompanyName = 1 } = {} }) => minCompanyName, 1, 100],
  ['prospects.remindAfterHours', ({ prospects }) => prospects.remindAfterHours, 0.0001, 720],
  ['prospects.abandonAfterHours', ({ prospects }) => prospects.abandonAfterHours, 0.0001, 720],
  ['onboarding.parkedDays', ({ onboarding }) => onboarding.parkedDays, 0.01, 365],
  ['onboarding.alertEveryHours', ({ onboarding }) => onboarding.alertEveryHours, 0.1, 8_760],
  ['retry.attempts', ({ retry }) => retry.attempts, 1, 100],
  ['retry.initialMs', ({ retry }) => retry.initialMs, 1, 3_600_000],
  ['retry.backoff', ({ retry }) => retry.backoff, 1, 10],
];

function* ofFigures(profile: Profile): Generator<string> {
  for (const [name, of, min, max] of RANGES) {
    const value = of(profile);
    if (!(value >= min && value <= max)) yield `${name} must be from ${String(min)} to ${String(max)}.`;
  }
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(profile.name)) yield 'name: use a-z, 0-9 and "-", at most 40.';
  if (!isCurrency(profile.currency)) yield `currency: ${NOT_A_CURRENCY}`;
}

function* ofTrial({ trialDays, reminderDaysBeforeEnd }: Profile): Generator<string> {
  for (const days of reminderDaysBeforeEnd)
    if (!(days > 0 && days < trialDays))
      yield `reminderDaysBeforeEnd: ${String(days)} days before its end a trial of ${String(trialDays)} has not begun. Use fewer.`;
}

function* ofProspects({ prospects: { remindAfterHours, abandonAfterHours } }: Profile): Generator<string> {
  if (remindAfterHours >= abandonAfterHours)
    yield 'prospects.remindAfterHours must be less than abandonAfterHours: later nobody would be reminded.';
}

const DOMAIN = /^[a-z0-9-]+([.][a-z0-9-]+)+$/;

function* ofDomains({ refuseDisposableAddresses = false, moreDisposableDomains = [] }: SignupRules): Generator<string> {
  for (const domain of moreDisposableDomains)
    if (!DOMAIN.test(domain))
      yield `signupRules.moreDisposableDomains: "${domain}" is not a valid domain. Write it like tempmail.com, in lower case.`;
  if (moreDisposableDomains.length > 0 && !refuseDisposableAddresses)
    yield 'signupRules.moreDisposableDomains needs refuseDisposableAddresses: true. Otherwise nothing is refused.';
}

function* ofSignup({ signupRules = {}, paysFirst = false, identity, plans }: Profile): Generator<string> {
  if (paysFirst && identity === 'external')
    yield 'identity: somebody who pays first has no identity yet. Leave out one of paysFirst and identity.';
  if (paysFirst && plans.some(isFree)) yield 'paysFirst: a free plan cannot be paid for. Leave out one of the two.';
  yield* ofDomains(signupRules);
  if (!Number.isInteger(signupRules.minCompanyName ?? 1)) yield 'signupRules.minCompanyName must be a whole number.';
}

const REGION = /^[a-z0-9][a-z0-9-]{0,39}$/;

function* ofRegions(regions: readonly string[]): Generator<string> {
  for (const region of regions)
    if (!REGION.test(region)) yield `regions: "${region}" is not a valid name. Use a-z, 0-9 and "-", at most 40.`;
  for (const region of repeated(regions)) yield `regions: "${region}" is named twice. Leave one out.`;
}

/**
 * A product's catalogue and policy as they are written down, or what is wrong with them.
 * @param also - steps that are only kept, and what is wrong with what is no data
 * @throws WrongProductError that names every place with what to do about it
 */
export function checkProfile(
  profile: Profile,
  { retired = [], others = [] }: { readonly retired?: readonly Step[]; readonly others?: Iterable<string> } = {},
): Profile {
  const problems = [
    ...ofSteps(profile.steps),
    ...ofRetired(retired, profile.steps),
    ...problemsOfPlans(profile),
    ...problemsOfCoupons(profile),
    ...ofFigures(profile),
    ...ofTrial(profile),
    ...ofProspects(profile),
    ...ofSignup(profile),
    ...ofRegions(profile.regions),
    ...problemsOfBrand(profile.brand),
    ...others,
  ];
  if (problems.length > 0) throw new WrongProductError(profile.name, problems);
  return profile;
}
