import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/index.js';
import type { Changes, ResourceState } from './protocol.ts';

/** What a step is called while it runs and afterwards. Whoever waits need not know about the others. */
const STEPS: Readonly<Record<string, readonly [ResourceState, ResourceState]>> = {
  create: ['creating', 'created'],
  'create-replacement': ['replacing', 'replaced'],
  update: ['updating', 'updated'],
  delete: ['deleting', 'deleted'],
  'delete-replaced': ['replacing', 'deleted'],
  same: ['same', 'same'],
};

/** `TenantRole` of `tenure:local:TenantRole`. Stack and provider are not the tenant's resources. */
function resourceOf(type: string): string | undefined {
  return type.startsWith('pulumi:') ? undefined : type.split(':').at(-1);
}

export interface Step {
  readonly resource: string;
  readonly state: ResourceState;
  /** Names of the inputs that an update changes; a secret one looks the same before and after, so it is not among them. */
  readonly changed: readonly string[];
}

/** The engine's own word for a value that only the operation itself will show. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

function changedInputs({ op, old, new: next }: StepEventMetadata): readonly string[] {
  if (op !== 'update') return [];
  const before = (old?.inputs ?? {}) as Readonly<Record<string, unknown>>;
  const after = (next?.inputs ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(after)
    .filter((name) => after[name] !== UNKNOWN && JSON.stringify(after[name]) !== JSON.stringify(before[name]))
    .sort();
}

/** What an engine event says about a resource, if anything. */
export function stepOf({ resourcePreEvent, resOutputsEvent, resOpFailedEvent }: EngineEvent): Step | undefined {
  const metadata = (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata;
  const resource = metadata && resourceOf(metadata.type);
  if (metadata === undefined || resource === undefined) return undefined;
  const changed = changedInputs(metadata);
  if (resOpFailedEvent) return { resource, state: 'failed', changed };
  const states = STEPS[metadata.op];
  return states && { resource, state: states[resourcePreEvent ? 0 : 1], changed };
}

const COUNTED: Readonly<Partial<Record<ResourceState, keyof Changes>>> = {
  created: 'create',
  replaced: 'update',
  updated: 'update',
  deleted: 'delete',
  same: 'same',
};

const VERBS: Readonly<Partial<Record<ResourceState, string>>> = {
  created: 'create',
  replaced: 'replace',
  updated: 'update',
  deleted: 'delete',
};

/** A line for each change, with the names of the inputs that change. Resources that stay as they are have none. */
export function linesOf(steps: Iterable<Step>): string[] {
  return [...steps].flatMap(({ resource, state, changed }) => {
    const verb = VERBS[state];
    if (verb === undefined) return [];
    return [`${verb} ${resource}${changed.length === 0 ? '' : ` (${changed.join(', ')})`}`];
  });
}

/** Counts each resource by its last state. */
export function changesOf(steps: Iterable<Step>): Changes {
  const changes = { create: 0, update: 0, delete: 0, same: 0 };
  for (const { state } of steps) {
    const counted = COUNTED[state];
    if (counted) changes[counted] += 1;
  }
  return changes;
}
