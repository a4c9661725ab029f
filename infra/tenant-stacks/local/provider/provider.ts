import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from '@pulumi/pulumi/provider/index.js';
import { databaseHandler } from './database.ts';
import type { ProviderContext, ResourceHandler } from './handler.ts';
import { instanceHandler } from './instance.ts';
import { roleHandler } from './role.ts';
import { isUnknown, unwrap, wrap, type Properties } from '../../secret-values.ts';
import { secretsHandler } from './secrets.ts';

/** The engine knows property bags; each handler's own types hold from here on, because programs go through resources.ts. */
type AnyHandler = ResourceHandler<Properties, Properties>;
const erase = <I extends object, O extends object>(handler: ResourceHandler<I, O>): AnyHandler =>
  handler as unknown as AnyHandler;

const HANDLERS: Readonly<Record<string, AnyHandler>> = {
  'tenure:local:TenantRole': erase(roleHandler),
  'tenure:local:TenantDatabase': erase(databaseHandler),
  'tenure:local:TenantSecrets': erase(secretsHandler),
  'tenure:local:TenantInstance': erase(instanceHandler),
};

/** `urn:pulumi:<stack>::<project>::<parents$type>::<name>` */
function handlerOf(urn: string): AnyHandler {
  const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
  const handler = HANDLERS[type];
  if (handler === undefined) throw new Error(`No resource type ${type}.`);
  return handler;
}

const isEmpty = (value: unknown): boolean => value === '' || value === undefined;
const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);

/** `pulumi-resource-tenure`: turns the engine's calls into those of the resource's handler. */
export class TenureProvider implements Provider {
  readonly version = '1.0.0';
  readonly #context: ProviderContext;
  constructor(context: ProviderContext) {
    this.#context = context;
  }

  check(urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    const { identity } = handlerOf(urn);
    const failures = isEmpty(unwrap(news)[identity])
      ? [{ property: identity, reason: `${identity} must be given` }]
      : [];
    return Promise.resolve({ inputs: news, failures });
  }

  diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const [before, after] = [unwrap(olds), unwrap(news)];
    const changed = Object.keys(after).filter((key) => isUnknown(after[key]) || differs(before[key], after[key]));
    const replaces = changed.filter((key) => key === handlerOf(urn).identity);
    return Promise.resolve({ changes: changed.length > 0, replaces, deleteBeforeReplace: true });
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    const handler = handlerOf(urn);
    const plain = unwrap(inputs);
    const outs = { ...plain, ...(await handler.create(plain, this.#context)) };
    return { id: String(plain[handler.identity]), outs: wrap(outs, handler.secrets) };
  }

  async read(id: string, urn: string, properties: Properties = {}): Promise<ReadResult> {
    const handler = handlerOf(urn);
    const exists = await handler.exists(unwrap(properties), this.#context);
    return exists ? { id, props: properties } : { id: '', props: {} };
  }

  async update(_id: string, urn: string, olds: Properties, news: Properties): Promise<UpdateResult> {
    const handler = handlerOf(urn);
    const plain = unwrap(news);
    const outs = { ...plain, ...(await handler.update(plain, unwrap(olds), this.#context)) };
    return { outs: wrap(outs, handler.secrets) };
  }

  async delete(_id: string, urn: string, properties: Properties): Promise<void> {
    await handlerOf(urn).delete(unwrap(properties), this.#context);
  }
}
