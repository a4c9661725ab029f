import { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
import { checkProfile } from '../../workflows/domain/profiles/check-profile.ts';
import type { Profile } from '../../workflows/domain/profiles/index.ts';
import { tenure } from '../../workflows/domain/profiles/tenure.ts';
import type { Step } from '../../workflows/domain/steps.ts';
import type { OwnStep, StepAction } from './define-step.ts';

type Needed = 'name' | 'productName' | 'plans';

/** What a product is. What is left out is as in the default product, `tenure`. */
export interface ProductDefinition extends Pick<Profile, Needed>, Partial<Omit<Profile, Needed | 'steps'>> {
  /** Of an onboarding, in the order of the story: those of the core, and the product's own. */
  readonly steps?: readonly (Step | OwnStep)[];
}

type Queue = NonNullable<Step['queue']>;

export interface Product {
  readonly profile: Profile;
  /** What its own steps do, by the name of the activity that their rows have, for the workers of each queue. */
  readonly actions: Readonly<Record<Queue, Readonly<Record<string, StepAction>>>>;
}

const isOwn = (step: Step | OwnStep): step is OwnStep => typeof step.run === 'function';

/** Two products may have steps of one name, and one worker may serve both. */
const activityOf = (product: string, step: string, direction: 'run' | 'undo'): string =>
  `${product}.${step}.${direction}`;

function rowOf(product: string, { undo, ...row }: OwnStep): Step {
  return {
    ...row,
    run: activityOf(product, row.name, 'run'),
    ...(undo && { undo: activityOf(product, row.name, 'undo') }),
  };
}

function actionsOf(product: string, steps: readonly OwnStep[], of: Queue): Record<string, StepAction> {
  const own = steps.filter(({ queue = 'lifecycle' }) => queue === of);
  return Object.fromEntries(
    own.flatMap(({ name, run, undo }) => [
      [activityOf(product, name, 'run'), run] as const,
      ...(undo ? [[activityOf(product, name, 'undo'), undo] as const] : []),
    ]),
  );
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
export function defineProduct({ steps = CORE_STEPS, ...definition }: ProductDefinition): Product {
  const { name } = definition;
  const rows = steps.map((step) => (isOwn(step) ? rowOf(name, step) : step));
  const own = steps.filter(isOwn);
  const product = {
    profile: checkProfile({ ...tenure, ...definition, steps: rows }),
    actions: { lifecycle: actionsOf(name, own, 'lifecycle'), provisioning: actionsOf(name, own, 'provisioning') },
  };
  defined.add(product);
  return product;
}
