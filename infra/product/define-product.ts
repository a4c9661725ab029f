import { CORE_STEP_NAMES, CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import { WrongProductError, checkProfile } from '../../workflows/domain/profiles/check-profile.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import { DEFAULTS } from '../../workflows/domain/profiles/defaults.ts';
import type { Step } from '../../workflows/domain/steps.ts';
import { problemsOfMails } from './check-mails.ts';
import { problemsOfRoutes } from './check-routes.ts';
import { problemsOfShape } from './check-shape.ts';
import type { Mail } from './define-mail.ts';
import type { OwnActionStep, OwnMailStep, OwnStep, StepAction } from './define-step.ts';
import { problemsOfStack, type OwnResource } from './define-resource.ts';
import type { OwnRoute } from './define-route.ts';
import type { Logo } from './logo.ts';
import { problemsOfWords, type Words } from './words.ts';

type Needed = 'name' | 'brand' | 'plans';

/** The definition of a product. Defaults are in `workflows/domain/profiles/defaults.ts`. */
export interface ProductDefinition extends Pick<Profile, Needed>, Partial<Omit<Profile, Needed | 'steps'>> {
  /** Of an onboarding, in the order of the story: those of the core, and the product's own. */
  readonly steps?: readonly (Step | OwnStep)[];
  /** Steps that new customers do not have any more. Keep them here as long as a customer has them, who may replay or leave. */
  readonly retired?: readonly OwnStep[];
  /** Texts that replace Tenure's. */
  readonly words?: Words;
  /** Its own resources in each customer's stack. */
  readonly stack?: readonly OwnResource[];
  /** Endpoints of its own. */
  readonly routes?: readonly OwnRoute[];
  /** By name: mails that its steps send, and replacements for the core's. */
  readonly mails?: Readonly<Record<string, Mail>>;
}

type Queue = NonNullable<Step['queue']>;

/** What own steps do, by the names of the activities that their rows have. */
export interface Actions {
  readonly acts: Readonly<Record<string, StepAction>>;
  readonly previews: Readonly<Record<string, NonNullable<OwnActionStep['preview']>>>;
}

export interface Product {
  readonly profile: Profile;
  /** The file that its brand names. */
  readonly logo?: Logo;
  readonly mails: Readonly<Record<string, Mail>>;
  readonly routes: readonly OwnRoute[];
  readonly stack: readonly OwnResource[];
  readonly words: Words;
  /** Of its own steps, for the workers of each queue. */
  readonly actions: Readonly<Record<Queue, Actions>>;
  /** The mails that its own steps send, by the names of the activities that their rows have. */
  readonly senders: Readonly<Record<string, string>>;
}

const isCore = ({ name }: Step | OwnStep): boolean => CORE_STEP_NAMES.some((core) => core === name);
const isSender = (step: Step | OwnStep): step is OwnMailStep => step.mail !== undefined && !isCore(step);
const isAction = (step: Step | OwnStep): step is OwnActionStep => typeof step.run === 'function' && !isSender(step);

/** Two products may have steps of one name, and one worker may serve both. */
const activityOf = (product: string, step: string, what: 'run' | 'undo' | 'preview'): string =>
  `${product}.${step}.${what}`;

/** Whether an activity is a step of a product's own: those of the core have plain names. */
export const isOfProduct = (activityType: string): boolean => activityType.includes('.');

/** A mail that cannot be sent stops nobody, and cannot be taken back. */
const senderRow = (product: string, { name, title, part, needs, takes = [], mail }: OwnMailStep): Step => ({
  ...{ name, title, part, needs, takes, mail },
  whenItFails: 'continue',
  run: activityOf(product, name, 'run'),
  preview: activityOf(product, name, 'preview'),
});

function rowOf(product: string, step: Step | OwnStep): Step {
  if (isSender(step)) return senderRow(product, step);
  if (!isAction(step)) return step;
  const { undo, preview, ...row } = step;
  return {
    ...row,
    run: activityOf(product, row.name, 'run'),
    ...(undo && { undo: activityOf(product, row.name, 'undo') }),
    ...(preview && { preview: activityOf(product, row.name, 'preview') }),
  };
}

function actionsOf(product: string, steps: readonly OwnActionStep[], of: Queue): Actions {
  const own = steps.filter(({ queue = 'lifecycle' }) => queue === of);
  const named = <W extends 'run' | 'undo' | 'preview'>(what: W) =>
    own.flatMap((step) => {
      const act = step[what];
      return act === undefined ? [] : [[activityOf(product, step.name, what), act] as const];
    });
  return {
    acts: Object.fromEntries<StepAction>([...named('run'), ...named('undo')]),
    previews: Object.fromEntries(named('preview')),
  };
}

/** Support reads before a replay that the customer will get it. */
const sendersPreviews = (product: string, senders: readonly OwnMailStep[]): Actions['previews'] =>
  Object.fromEntries(
    senders.map(({ name, mail }) => [
      activityOf(product, name, 'preview'),
      () => Promise.resolve([`send the mail "${mail}"`]),
    ]),
  );

const defined = new WeakSet<object>();

/** Whether {@link defineProduct} made it. */
export const isProduct = (value: unknown): value is Product =>
  typeof value === 'object' && value !== null && defined.has(value);

/** Only its shape can be relied on from here: what a product says need not have been compiled. */
function given(definition: ProductDefinition): ProductDefinition {
  const problems = problemsOfShape(definition);
  const { name } = Object(definition) as Partial<ProductDefinition>;
  if (problems.length > 0) throw new WrongProductError(typeof name === 'string' ? name : '', problems);
  // What is undefined is left out.
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined)) as never;
}

/**
 * A product: the default export of its `product.ts`. A customer keeps the steps, figures and dates that it had when they
 * signed up; mails say what they say when they are sent.
 * @throws WrongProductError that names every place with what to do about it
 */
export function defineProduct(written: ProductDefinition): Product {
  const {
    steps = CORE_STEPS,
    retired = [],
    mails = {},
    routes = [],
    stack = [],
    words = {},
    ...definition
  } = given(written);
  const { name } = definition;
  const rows = steps.map((step) => rowOf(name, step));
  const profile: Profile = { ...DEFAULTS, ...definition, steps: rows };
  const all = [...steps, ...retired];
  const [actions, senders] = [all.filter(isAction), all.filter(isSender)];
  const lifecycle = actionsOf(name, actions, 'lifecycle');
  const product: Product = {
    profile: checkProfile(profile, {
      retired: retired.map((step) => rowOf(name, step)),
      others: [
        ...problemsOfMails(mails, senders, profile),
        ...problemsOfRoutes(routes),
        ...problemsOfStack(stack),
        ...problemsOfWords(words),
      ],
    }),
    mails,
    routes,
    stack,
    words,
    actions: {
      lifecycle: { ...lifecycle, previews: { ...lifecycle.previews, ...sendersPreviews(name, senders) } },
      provisioning: actionsOf(name, actions, 'provisioning'),
    },
    senders: Object.fromEntries(senders.map((step) => [activityOf(name, step.name, 'run'), step.mail])),
  };
  defined.add(product);
  return product;
}
