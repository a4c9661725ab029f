import { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import { checkProfile } from '../../workflows/domain/profiles/check-profile.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import { tenure } from '../../workflows/domain/profiles/tenure.ts';
import type { Step } from '../../workflows/domain/steps.ts';
import type { OwnStep, StepAction } from './define-step.ts';
import type { Logo } from './logo.ts';

type Needed = 'name' | 'brand' | 'plans';

/** What a product is. What is left out is as in the default product, `tenure`. */
export interface ProductDefinition extends Pick<Profile, Needed>, Partial<Omit<Profile, Needed | 'steps'>> {
  /** Of an onboarding, in the order of the story: those of the core, and the product's own. */
  readonly steps?: readonly (Step | OwnStep)[];
  /** Steps that new customers do not have any more. Keep them here as long as a customer has them, who may replay or leave. */
  readonly retired?: readonly OwnStep[];
}

type Queue = NonNullable<Step['queue']>;

/** What own steps do, by the names of the activities that their rows have. */
export interface Actions {
  readonly acts: Readonly<Record<string, StepAction>>;
  readonly previews: Readonly<Record<string, NonNullable<OwnStep['preview']>>>;
}

export interface Product {
  readonly profile: Profile;
  /** The file that its brand names. */
  readonly logo?: Logo;
  /** Of its own steps, for the workers of each queue. */
  readonly actions: Readonly<Record<Queue, Actions>>;
}

const isOwn = (step: Step | OwnStep): step is OwnStep => typeof step.run === 'function';

/** Two products may have steps of one name, and one worker may serve both. */
const activityOf = (product: string, step: string, what: 'run' | 'undo' | 'preview'): string =>
  `${product}.${step}.${what}`;

function rowOf(product: string, { undo, preview, ...row }: OwnStep): Step {
  return {
    ...row,
    run: activityOf(product, row.name, 'run'),
    ...(undo && { undo: activityOf(product, row.name, 'undo') }),
    ...(preview && { preview: activityOf(product, row.name, 'preview') }),
  };
}

function actionsOf(product: string, steps: readonly OwnStep[], of: Queue): Actions {
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

const defined = new WeakSet<object>();

/** Whether {@link defineProduct} made it. */
export const isProduct = (value: unknown): value is Product =>
  typeof value === 'object' && value !== null && defined.has(value);

/**
 * A product: the default export of its `product.ts`. A customer keeps the steps, figures and dates that it had when they
 * signed up.
 * @throws WrongProductError that names every place with what to do about it
 */
export function defineProduct({ steps = CORE_STEPS, retired = [], ...definition }: ProductDefinition): Product {
  // Said by name: one that is left out, where no compiler insists on it, must not become the default product's.
  const { name, brand } = definition;
  const rows = steps.map((step) => (isOwn(step) ? rowOf(name, step) : step));
  const own = [...steps.filter(isOwn), ...retired];
  const product: Product = {
    profile: checkProfile({ ...tenure, ...definition, brand, steps: rows }),
    actions: { lifecycle: actionsOf(name, own, 'lifecycle'), provisioning: actionsOf(name, own, 'provisioning') },
  };
  defined.add(product);
  return product;
}
