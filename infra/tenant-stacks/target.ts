import type { Input } from '@pulumi/pulumi';
import type { Config } from '../config.ts';
import type { TenantOutputs, TenantSpec } from './spec.ts';

/** Describes a tenant's resources to Pulumi. Its outputs are recorded when all of them are created. */
export type TenantProgram = () => Promise<{ readonly [K in keyof TenantOutputs]: Input<TenantOutputs[K]> }>;

export interface InstanceHealth {
  readonly customerId: string;
  /** Why it does not serve, in words; null when it does. */
  readonly trouble: string | null;
}

/** Which sessions of an instance are over: all of older versions than this, and those of these entries. */
export interface EndedSessions {
  readonly version: number;
  readonly entries: readonly string[];
}

/** What was saved of a tenant's data. */
export interface BackupManifest {
  readonly format: 1;
  /** ISO 8601; everything is as it was at this one moment. */
  readonly takenAt: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

/**
 * Where tenants' stacks stand: how one is described to Pulumi, and what can be asked and told about one without Pulumi's
 * state. All of it may be repeated. Whatever fails throws a StackFailure.
 */
export interface Target {
  /** Refuses a spec that it cannot build with `InvalidSpec`, before anything is made. */
  readonly program: (spec: TenantSpec) => Promise<TenantProgram>;
  /** Readies what the engine needs beside the program, in a folder that is on its PATH for this run only. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Says for each kind of thing a tenant consists of whether it exists. */
  readonly inventory: (customerId: string) => Promise<Readonly<Record<string, boolean>>>;
  /** Whether what devices and the instance hold can be read back without Pulumi's state. */
  readonly hasSecrets: (customerId: string) => Promise<boolean>;
  /** Removes whatever is there under the tenant's names. */
  readonly sweep: (customerId: string) => Promise<void>;
  /** Every instance that is run from here. */
  readonly instances: () => Promise<readonly InstanceHealth[]>;
  /**
   * Asks the instance itself. Undefined: it answers as this tenant's, well and as the spec says; otherwise why not, in
   * words without a tenant's own. Throws when it could not be asked, which says nothing about the instance.
   */
  readonly health: (spec: TenantSpec) => Promise<string | undefined>;
  /** Has the instance end sessions; one that is not there has none. */
  readonly endSessions: (customerId: string, ended: EndedSessions) => Promise<void>;
  /** Absent where a tenant has no data of its own. */
  readonly data?: {
    /** Saves the tenant's data as a folder, which appears whole or not at all; undefined when there is none. */
    readonly backup: (customerId: string, folder: string) => Promise<BackupManifest | undefined>;
    /** Replaces the tenant's data by what was saved: all or nothing. */
    readonly restore: (customerId: string, folder: string) => Promise<BackupManifest>;
  };
}

/** What targets are made of. Plain data: it goes to the engine's process with the order. */
export interface TargetSettings {
  readonly tenants: Config['tenants'];
  /** More tenants than this are refused with `QuotaExceeded`. */
  readonly maxTenants?: number | undefined;
}
