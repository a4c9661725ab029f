import { StackFailure } from './errors.ts';
import { localTarget } from './local/target.ts';
import type { InstanceHealth, Target, TargetSettings } from './target.ts';

/** Every target there is. What only the engine needs of one is loaded by it, when it is needed. */
const TARGETS: Readonly<Record<string, (settings: TargetSettings) => Target>> = { local: localTarget };

/** @throws StackFailure `InvalidSpec` for a target that does not exist */
export function openTarget(name: string, settings: TargetSettings): Target {
  const open = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (open) return open(settings);
  const names = Object.keys(TARGETS).join(', ');
  throw new StackFailure('InvalidSpec', `There is no target of that name; there are: ${names}.`);
}

/** The instances of all targets. @throws StackFailure when whoever runs them does not answer */
export async function lookAtAllInstances(settings: TargetSettings): Promise<readonly InstanceHealth[]> {
  return (await Promise.all(Object.values(TARGETS).map((open) => open(settings).instances()))).flat();
}
