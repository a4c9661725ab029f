import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from '@pulumi/pulumi/provider/index.js';
import type { OwnResource, ResourceInputs, ResourceOutputs } from '../../product/define-resource.ts';
import { StackFailure } from '../errors.ts';
import { isUnknown, unwrap, wrap, type Properties } from '../secret-values.ts';
import { actOn } from './act-on.ts';

/** `urn:pulumi:<stack>::<project>::product:index:<name>::<name>` */
const nameOf = (urn: string): string => urn.split('::').at(-1) ?? '';

interface Held {
  readonly customerId: string;
  readonly inputs: ResourceInputs;
  readonly outputs: ResourceOutputs;
}

function held(properties: Properties): Held {
  const { customerId, outputs, ...inputs } = unwrap(properties);
  return {
    customerId: String(customerId),
    inputs: inputs as ResourceInputs,
    outputs: typeof outputs === 'string' ? (JSON.parse(outputs) as ResourceOutputs) : {},
  };
}

/** `pulumi-resource-product`: turns the engine's calls into those of the product's own resource. */
export class ProductProvider implements Provider {
  readonly version = '1.0.0';
  readonly #resources: readonly OwnResource[];
  readonly #settings: Readonly<Record<string, string>>;

  constructor(resources: readonly OwnResource[], settings: Readonly<Record<string, string>>) {
    this.#resources = resources;
    this.#settings = settings;
  }

  async #act<T>(urn: string, act: (resource: OwnResource) => Promise<T>): Promise<T> {
    const name = nameOf(urn);
    const resource = this.#resources.find((one) => one.name === name);
    if (!resource)
      throw new StackFailure(
        'InvalidSpec',
        `The product has no resource "${name}" any more. Put it back into its stack, with retired: true.`,
      );
    return actOn(name, () => act(resource)).catch((error: unknown) => {
      const { cause } = error as StackFailure;
      process.stderr.write(`${name}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`);
      throw error;
    });
  }

  #context({ customerId, inputs }: Held) {
    return { customerId, inputs, settings: this.#settings };
  }

  static #made(properties: Properties, outputs: ResourceOutputs): Properties {
    return wrap({ ...unwrap(properties), outputs: JSON.stringify(outputs) }, ['outputs']);
  }

  check(_urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    return Promise.resolve({ inputs: news, failures: [] });
  }

  diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const [before, after] = [unwrap(olds), unwrap(news)];
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== 'outputs');
    const changes = names.some(
      (name) => isUnknown(after[name]) || JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    );
    return Promise.resolve({ changes, replaces: [] });
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    const { customerId, ...rest } = held(inputs);
    const outputs = await this.#act(urn, (one) => one.create(this.#context({ customerId, ...rest })));
    return { id: `${nameOf(urn)}/${customerId}`, outs: ProductProvider.#made(inputs, outputs) };
  }

  async read(id: string, urn: string, properties: Properties = {}): Promise<ReadResult> {
    const of = held(properties);
    const exists = await this.#act(urn, (one) => one.exists({ ...this.#context(of), outputs: of.outputs }));
    return exists ? { id, props: properties } : { id: '', props: {} };
  }

  async update(_id: string, urn: string, olds: Properties, news: Properties): Promise<UpdateResult> {
    const { outputs: before } = held(olds);
    const context = this.#context(held(news));
    const outputs = await this.#act(urn, (one) => one.update({ ...context, outputs: before }));
    return { outs: ProductProvider.#made(news, outputs) };
  }

  async delete(_id: string, urn: string, properties: Properties): Promise<void> {
    const of = held(properties);
    await this.#act(urn, (one) => one.delete({ ...this.#context(of), outputs: of.outputs }));
  }
}
