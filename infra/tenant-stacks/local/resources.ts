import * as pulumi from '@pulumi/pulumi';
import type { InstanceCredentials, InstanceFile } from './folder.ts';

type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

export interface RoleInputs {
  readonly role: string;
  readonly connections: number;
}
export interface DatabaseInputs {
  readonly database: string;
  readonly role: string;
  /** Raised when tenants lose further rights: an existing database gets the change with its stack's next update. */
  readonly closure: number;
}
export interface SecretsInputs {
  readonly customerId: string;
}
export type InstanceInputs = InstanceFile &
  Omit<InstanceCredentials, 'databaseUrl'> & {
    readonly database: string;
    readonly role: string;
    readonly password: string;
  };

/** A login role that can reach only its own database. */
export class TenantRole extends pulumi.CustomResource {
  declare readonly role: pulumi.Output<string>;
  /** Secret; 24 random characters. */
  declare readonly password: pulumi.Output<string>;
  constructor(name: string, inputs: Inputs<RoleInputs>, options?: pulumi.CustomResourceOptions) {
    const props = { ...inputs, password: undefined };
    super('tenure:local:TenantRole', name, props, { ...options, additionalSecretOutputs: ['password'] });
  }
}

export class TenantDatabase extends pulumi.CustomResource {
  declare readonly database: pulumi.Output<string>;
  constructor(name: string, inputs: Inputs<DatabaseInputs>, options?: pulumi.CustomResourceOptions) {
    super('tenure:local:TenantDatabase', name, inputs, options);
  }
}

/** Secrets the instance keeps for life; 32 random characters each. */
export class TenantSecrets extends pulumi.CustomResource {
  declare readonly jwtSecret: pulumi.Output<string>;
  declare readonly deviceApiKey: pulumi.Output<string>;
  constructor(name: string, inputs: Inputs<SecretsInputs>, options?: pulumi.CustomResourceOptions) {
    const props = { ...inputs, jwtSecret: undefined, deviceApiKey: undefined };
    super('tenure:local:TenantSecrets', name, props, {
      ...options,
      additionalSecretOutputs: ['jwtSecret', 'deviceApiKey'],
    });
  }
}

/** The tenant's folder, its process, and the route of its host to that process. */
export class TenantInstance extends pulumi.CustomResource {
  declare readonly namespace: pulumi.Output<string>;
  constructor(name: string, inputs: Inputs<InstanceInputs>, options?: pulumi.CustomResourceOptions) {
    super('tenure:local:TenantInstance', name, inputs, options);
  }
}
