import { CORE_STEP_NAMES } from '../core-steps.ts';
import { namesOf, replayPlaces, type Step } from '../steps.ts';
import type { Plan, Profile } from './profile.ts';

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
/** Those that came before. */
const repeated = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) < index);

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

function* ofActivities({ name, run, undo, preview, mail, whenItFails }: Step, at: string): Generator<string> {
  if (isCore(name)) {
    if ((run ?? undo ?? preview) !== undefined)
      yield `${at} is a step of the core, and takes no activities. Rename it.`;
    return;
  }
  if (run === undefined) yield `${at}.run is missing: name the activity that carries it out.`;
  if (mail !== undefined) yield `${at}.mail is for the core's own mails. Leave it out.`;
  if (undo !== undefined && whenItFails === 'continue')
    yield `${at}.undo would never run: what may fail without stopping the onboarding is not taken back.`;
}

function* ofSteps(steps: readonly Step[]): Generator<string> {
  for (const name of repeated(namesOf(steps))) yield `steps: two are named "${name}". Rename one.`;
  for (const [index, step] of steps.entries()) {
    const at = `steps.${step.name}`;
    yield* ofName(step, at);
    yield* ofNeeds(step, at, steps, index);
    yield* ofActivities(step, at);
  }
}

function* ofPlans(plans: readonly Plan[], trialDays: number): Generator<string> {
  for (const id of repeated(plans.map((plan) => plan.id))) yield `plans: two have the id "${id}". Rename one.`;
  for (const { id, monthlyCents, maxDevices, connections } of plans) {
    if (!Number.isInteger(monthlyCents) || monthlyCents < 0) yield `plans.${id}.monthlyCents must be whole cents.`;
    if (monthlyCents === 0 && trialDays > 0)
      yield `plans.${id} costs nothing, so there is nothing to try: leave its trial out.`;
    if (maxDevices < 1 || connections < 1) yield `plans.${id}: devices and connections must be 1 or more.`;
  }
}

function* ofTrial({ trialDays, reminderDaysBeforeEnd, graceDays, retentionDays }: Profile): Generator<string> {
  if (!(trialDays > 0)) yield 'trialDays must be more than 0.';
  for (const days of reminderDaysBeforeEnd)
    if (!(days > 0 && days < trialDays))
      yield `reminderDaysBeforeEnd: ${String(days)} days before its end a trial of ${String(trialDays)} has not begun. Use fewer.`;
  if (graceDays < 0 || retentionDays < 0) yield 'graceDays and retentionDays must be 0 or more.';
}

function* ofRegions(regions: readonly string[]): Generator<string> {
  for (const region of repeated(regions)) yield `regions: "${region}" is named twice. Leave one out.`;
}

/**
 * A product's catalogue and policy as they are written down, or what is wrong with them.
 * @throws WrongProductError that names every place with what to do about it
 */
export function checkProfile(profile: Profile): Profile {
  const problems = [
    ...ofSteps(profile.steps),
    ...ofPlans(profile.plans, profile.trialDays),
    ...ofTrial(profile),
    ...ofRegions(profile.regions),
  ];
  if (problems.length > 0) throw new WrongProductError(profile.name, problems);
  return profile;
}
