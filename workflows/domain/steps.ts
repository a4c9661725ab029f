/** Which part of their account a step makes, and what a customer is told went wrong. */
export type StepPart = 'account' | 'billing' | 'instance';

/** What support may correct with a replay. */
export const CORRECTABLE = ['companyName', 'email', 'slug', 'plan', 'region'] as const;
export type Correctable = (typeof CORRECTABLE)[number];

/**
 * One step of an onboarding, as a row in the terms: a customer keeps the steps they signed up with, whatever a later
 * release has.
 */
export interface Step {
  readonly name: string;
  /** As the customer knows it. */
  readonly title: string;
  readonly part: StepPart;
  /** Names of the steps that are done before it. They stand in earlier rows. */
  readonly needs: readonly string[];
  /** The customer's particulars that it takes: a correction of one runs the step again. */
  readonly takes: readonly Correctable[];
  /** `policy`: the onboarding stops and its terms decide. `continue`: recorded, never fatal, and not taken back. */
  readonly whenItFails: 'policy' | 'continue';
  /** Of a step that is a mail: the name of its template. A replay sends it under another key. */
  readonly mail?: string;
  /** The activity that carries it out. Absent from the core's own steps, which the workflow knows by name. */
  readonly run?: string;
  /** The activity that takes it back. It must be safe where the step never happened. */
  readonly undo?: string;
  /** The activity that says what it would change. */
  readonly preview?: string;
  /** Whose workers have those activities; `lifecycle` if absent. On `provisioning` they may take minutes. */
  readonly queue?: 'lifecycle' | 'provisioning';
}

/** What an activity of a product's own step is given. */
export interface OwnStepInput {
  readonly customerId: string;
  /** The same for every attempt at the step, another one after a replay: for a provider that deduplicates by it. */
  readonly key: string;
  /** The customer's own time, ISO 8601. */
  readonly now: string;
}

/** Where a step stands. An epoch counts its tries by replay; automatic retries stay within one. */
export interface StepState {
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'undone' | 'undo_failed' | 'skipped';
  readonly epoch: number;
  readonly errorType?: string;
}
export type StepStates = Readonly<Record<string, StepState>>;

/** Where it stands; a step that a state does not know is none of that customer's. */
export const stateOf = (states: StepStates, step: string): StepState => states[step] ?? SKIPPED;
const SKIPPED: StepState = { state: 'skipped', epoch: 1 };

export const namesOf = (steps: readonly Step[]): string[] => steps.map(({ name }) => name);

/** Where a replay may begin: at what failed, at the start, at one of the steps. */
export const replayPlaces = (steps: readonly Step[]): string[] => ['failed', 'start', ...namesOf(steps)];

/** The steps and everything that depends on them, in order. */
export function withDependents(steps: readonly Step[], names: ReadonlySet<string>): string[] {
  const found = new Set(names);
  for (const { name, needs } of steps) if (needs.some((needed) => found.has(needed))) found.add(name);
  return namesOf(steps).filter((name) => found.has(name));
}

/** Steps that take one of these particulars. */
export const stepsTaking = (steps: readonly Step[], fields: readonly Correctable[]): string[] =>
  steps.filter(({ takes }) => takes.some((field) => fields.includes(field))).map(({ name }) => name);

/**
 * Steps that take what was corrected. A mail goes to an address that was corrected only if that is another one: writing
 * the same in another way brings nobody a second mail.
 */
export function touchedBy(
  steps: readonly Step[],
  { fields, newAddress }: { readonly fields: readonly Correctable[]; readonly newAddress?: boolean | undefined },
): string[] {
  const ofMails = newAddress === true ? fields : fields.filter((field) => field !== 'email');
  return namesOf(
    steps.filter(({ mail, takes }) => takes.some((field) => (mail === undefined ? fields : ofMails).includes(field))),
  );
}

/** Those of the steps that wait which may start now. */
export const readySteps = <Waiting extends Step>(waiting: readonly Waiting[], done: ReadonlySet<string>): Waiting[] =>
  waiting.filter(({ needs }) => needs.every((needed) => done.has(needed)));

/** Steps that went wrong and are not mended. After the onboarding only what may fail is among them, such as mails. */
export const failedSteps = (states: StepStates): string[] =>
  Object.entries(states)
    .filter(([, { state }]) => state === 'failed' || state === 'undo_failed')
    .map(([name]) => name);

/** Whether one of these steps makes that part. */
export const concerns = (steps: readonly Step[], part: StepPart, names: readonly string[]): boolean =>
  steps.some((step) => step.part === part && names.includes(step.name));

/** What a customer is told went wrong: payment and provisioning are never taken for one another. */
export type FailedPart = 'billing' | 'instance';
export const failedPart = (steps: readonly Step[], failed: readonly string[]): FailedPart =>
  concerns(steps, 'billing', failed) && !concerns(steps, 'instance', failed) ? 'billing' : 'instance';

/** The step that a mail of this template is; undefined when it is none. */
export const stepOfMail = (steps: readonly Step[], template: string): string | undefined =>
  steps.find(({ mail }) => mail === template)?.name;
