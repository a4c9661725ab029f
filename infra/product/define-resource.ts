/** What a resource's inputs are made of. Who the customer is, beyond their id, is no business of a stack. */
export interface ResourceTenant {
  readonly customerId: string;
  /** The first label of their instance's host. */
  readonly slug: string;
  readonly plan: string;
  /** What their plan includes. There is no limit to what is not named. */
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly region: string;
  /** What they may do: `read_only` and `suspended` are customers whose trial or payment is over. */
  readonly mode: 'active' | 'read_only' | 'suspended';
  readonly instanceUrl: string;
}

type Value = string | number | boolean | null | readonly string[];

/** A change of one of them is an update. */
export type ResourceInputs = Readonly<Record<string, Value>>;

export interface ResourceContext {
  readonly customerId: string;
  readonly inputs: ResourceInputs;
  /** The variables that begin with `PRODUCT_`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What was made, as `create` or `update` told: kept encrypted in the stack's state. Plain JSON. */
export type ResourceOutputs = Readonly<Record<string, unknown>>;

type Made = ResourceContext & { readonly outputs: ResourceOutputs };

/**
 * A product's own resource in each customer's stack. Pulumi keeps its state and decides when it is made, changed and
 * removed, and a dry run tells it. Each function may be carried out again after its answer was lost, so it must be safe
 * to repeat: `create` adopts what is there of this customer, and to `delete` what is not there is done.
 */
export interface OwnResource {
  /** Letters and digits. Do not change it later: another name is another resource. */
  readonly name: string;
  /** New stacks no longer have it; the others lose it with their next change. Keep it here until no stack has it. */
  readonly retired?: boolean;
  readonly inputs: (tenant: ResourceTenant) => ResourceInputs;
  readonly create: (context: ResourceContext) => Promise<ResourceOutputs>;
  /** Asked when a stack is repaired: what is gone is made again. */
  readonly exists: (context: Made) => Promise<boolean>;
  readonly update: (context: Made) => Promise<ResourceOutputs>;
  /** When a stack is removed it is also asked without inputs and outputs, for what a lost answer may have left. */
  readonly delete: (context: Made) => Promise<void>;
}

/**
 * A resource of a product's own, for `stack` of `defineProduct`. What it throws by `refuse` stops the operation, and
 * support reads the words; anything else is tried again, and is in the stack's log.
 */
export const defineResource = (resource: OwnResource): OwnResource => resource;

const NAME = /^[a-zA-Z][a-zA-Z0-9]{0,39}$/;
/** Members of the resource in Pulumi's state. */
const RESERVED_INPUTS: readonly string[] = ['customerId', 'outputs', 'id', 'urn'];

const SOMEBODY: ResourceTenant = {
  ...{ customerId: 'cust_0b3f6f0e-6f2e-4a55-9d9e-0c6f7a1b2c3d', slug: 'acme', plan: '', region: '' },
  ...{ mode: 'active', instanceUrl: 'https://acme.example', features: [], limits: {} },
};

/** Nobody waits for it, so its failure must not end the process. */
function isPromise(value: unknown): boolean {
  if (!(value instanceof Promise)) return false;
  value.catch(() => undefined);
  return true;
}

function* ofInputs({ name, inputs }: OwnResource): Generator<string> {
  let made: unknown;
  try {
    made = inputs(SOMEBODY);
  } catch (error) {
    yield `stack.${name}.inputs throws: ${error instanceof Error ? error.message : String(error)}.`;
    return;
  }
  if (isPromise(made)) {
    yield `stack.${name}.inputs must not be async: a stack is described in one go. Read in create or update what takes time.`;
    return;
  }
  for (const [input, value] of Object.entries(Object(made) as object))
    if (isPromise(value)) yield `stack.${name}.inputs.${input} is a promise. Read in create or update what takes time.`;
  if (typeof made !== 'object' || made === null) yield `stack.${name}.inputs must give an object, such as { size: 5 }.`;
  for (const taken of RESERVED_INPUTS.filter((each) => each in Object(made)))
    yield `stack.${name}.inputs: "${taken}" means something else there. Rename it.`;
}

/** What is wrong with a product's resources. */
export function* problemsOfStack(stack: readonly OwnResource[]): Generator<string> {
  const names = stack.map(({ name }) => name);
  for (const resource of stack) {
    if (!NAME.test(resource.name))
      yield `stack: "${resource.name}" is not a valid name. Use letters and digits, 40 at most.`;
    yield* ofInputs(resource);
  }
  for (const name of names.filter((one, index) => names.indexOf(one) < index))
    yield `stack: two are named "${name}". Rename one.`;
}
