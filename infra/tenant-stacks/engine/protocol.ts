import type { StackFailureType } from '../errors.ts';
import type { Tenant, TenantOutputs, TenantSpec } from '../spec.ts';
import type { TargetSettings } from '../target.ts';

export type EngineOperation = 'up' | 'destroy' | 'preview' | 'previewDestroy';

/** Where the product is, and the settings that its resources are given. */
export interface EngineProduct {
  readonly source: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** What one child process is told, once, over its channel. */
export interface EngineRequest {
  readonly operation: EngineOperation;
  /** Names this run among all of its stack. */
  readonly runId: string;
  readonly tenant: Tenant;
  /** What is to be built. Absent when something is removed: that never needs what people typed. */
  readonly spec?: TenantSpec;
  readonly settings: TargetSettings;
  /** The product whose own resources may be in the stack; absent when it has none. */
  readonly product?: EngineProduct;
  readonly backendUrl: string;
  /** Everything the operation may write beside the backend: work folder, log, exports, Pulumi's home. */
  readonly folder: string;
  /** Whether the stack is thought to exist already. This only saves a call: the other case is handled. */
  readonly exists: boolean;
  /** A state of the stack is known to exist: when it is missing, nothing is created again. */
  readonly kept: boolean;
  /** The last operation did not end well: pending operations are cleared and the state is compared with what is there. */
  readonly recover: boolean;
  /** Break the lock. Only after its owner was proven dead. */
  readonly breakLock: boolean;
}

export type ResourceState =
  | 'creating'
  | 'created'
  | 'updating'
  | 'updated'
  | 'replacing'
  | 'replaced'
  | 'deleting'
  | 'deleted'
  | 'same'
  | 'failed';

export interface Changes {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly same: number;
}

/** What the child reports over its channel: no secrets and nothing personal. */
export type EngineMessage =
  | { readonly kind: 'progress'; readonly resource: string; readonly state: ResourceState }
  | {
      readonly kind: 'done';
      readonly changes: Changes;
      readonly lines: readonly string[];
      /** Of a stack that was made. */
      readonly outputs?: TenantOutputs | undefined;
    }
  | { readonly kind: 'failed'; readonly type: StackFailureType; readonly text: string };

/** Sent after the order: stop as soon as the current step allows. Closing the channel means: stop at once. */
export const STOP = 'stop';

export const PROJECT = 'tenure';
