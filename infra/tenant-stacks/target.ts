import type { Input } from '@pulumi/pulumi';
import type { Config } from '../config.ts';
import type { LandingZones } from './aws-landing-zone/settings.ts';
import type { TenantOutputs, TenantSpec } from './spec.ts';

/** Describes a tenant's resources to Pulumi. Its outputs are recorded when all of them are created. */
export type TenantProgram = () => Promise<{ readonly [K in keyof TenantOutputs]: Input<TenantOutputs[K]> }>;

export interface InstanceHealth {
  readonly customerId: string;
  /** Why it does not serve, in words; null when it does. */
  readonly trouble: string | null;
}

/** The sessions of an instance that are over: all of versions older than this one, and those that began with these entries. */
export interface EndedSessions {
  readonly version: number;
  readonly entries: readonly string[];
}

/** A backup of a tenant's data. */
export interface BackupManifest {
  readonly format: 1;
  /** ISO 8601; everything is as it was at this one moment. */
  readonly takenAt: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

/**
 * A place where tenants' stacks stand: how a stack is described to Pulumi, and everything that can be asked and done
 * without Pulumi's state. Every method may be repeated, and throws a StackFailure when it fails.
 */
export interface Target {
  /** Refuses a spec that it cannot build with `InvalidSpec`, before anything is made. */
  readonly program: (spec: TenantSpec) => Promise<TenantProgram>;
  /** Prepares what the engine needs besides the program, in a folder that is on its PATH for this run only. */
  readonly prepare: (folder: string) => Promise<void>;
  /** For each kind of thing that a tenant consists of, whether it exists. */
  readonly inventory: (customerId: string) => Promise<Readonly<Record<string, boolean>>>;
  /** Whether the secrets that devices and the instance hold can be read back without Pulumi's state. */
  readonly hasSecrets: (customerId: string) => Promise<boolean>;
  /** Removes whatever is there under the tenant's names. */
  readonly sweep: (customerId: string) => Promise<void>;
  /** Every instance that is run from here. */
  readonly instances: () => Promise<readonly InstanceHealth[]>;
  /**
   * Asks the instance itself. Undefined when it answers as this tenant's and as the spec says; otherwise the reason, in
   * words that name no tenant. Throws when it could not be asked, which says nothing about the instance.
   */
  readonly health: (spec: TenantSpec) => Promise<string | undefined>;
  /** Makes the instance end sessions. An instance that does not exist has none. */
  readonly endSessions: (customerId: string, ended: EndedSessions) => Promise<void>;
  /** Absent when a tenant has no data of its own. */
  readonly data?: {
    /** Saves the tenant's data as a folder, which appears complete or not at all; undefined when there are no data. */
    readonly backup: (customerId: string, folder: string) => Promise<BackupManifest | undefined>;
    /** Replaces the tenant's data by a backup: all or nothing. */
    readonly restore: (customerId: string, folder: string) => Promise<BackupManifest>;
  };
}

/** What a target is opened with. Plain data, because it is sent to the engine's process with the request. */
export interface TargetSettings {
  readonly tenants: Config['tenants'];
  /** Where this worker makes landing zones, if it does. */
  readonly landingZones?: LandingZones | undefined;
  /** More tenants than this are refused with `QuotaExceeded`. */
  readonly maxTenants?: number | undefined;
}
