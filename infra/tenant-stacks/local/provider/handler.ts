import type { GatewayClient } from '../gateway-client.ts';

/** What the provider works with; comes from a file only its own operation can read. */
export interface ProviderContext {
  readonly adminUrl: string;
  readonly home: string;
  readonly gateway: GatewayClient;
  readonly maxTenants: number | undefined;
}

/** One resource type. `I` its inputs, `O` what it adds to them. All of it idempotent: an answer may be lost at any point. */
export interface ResourceHandler<I extends object, O extends object> {
  /** Outputs (inputs among them) that the state keeps encrypted. */
  readonly secrets: readonly (keyof (I & O) & string)[];
  /** Inputs that are the resource's name: a change makes another resource. */
  readonly identity: keyof I & string;
  /** Adopts what is there by that name. */
  create(inputs: I, context: ProviderContext): Promise<O>;
  /** False when it does not exist. */
  exists(inputs: I, context: ProviderContext): Promise<boolean>;
  update(inputs: I, old: I & O, context: ProviderContext): Promise<O>;
  /** "Not found" is done. */
  delete(inputs: I, context: ProviderContext): Promise<void>;
}
