import { StackFailure } from './errors.ts';
import { localProgram } from './local/program.ts';
import type { TenantOutputs, TenantSpec } from './spec.ts';

/** Describes a tenant's resources; refuses a spec it cannot build with a StackFailure `InvalidSpec`. */
export type TenantProgram = (spec: TenantSpec) => () => Promise<TenantOutputs>;

/** Every target a tenant can be built on. */
export const TARGETS = { local: localProgram } as const satisfies Record<string, TenantProgram>;

export type TargetName = keyof typeof TARGETS;

/** @throws StackFailure `InvalidSpec` for a target that does not exist. */
export function programFor(spec: TenantSpec): () => Promise<TenantOutputs> {
  if (!Object.hasOwn(TARGETS, spec.target))
    throw new StackFailure(
      'InvalidSpec',
      `There is no target of that name; there are: ${Object.keys(TARGETS).join(', ')}.`,
    );
  return TARGETS[spec.target as TargetName](spec);
}
