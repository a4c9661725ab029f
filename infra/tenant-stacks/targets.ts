import { StackFailure } from './errors.ts';
import { awsLandingZoneTarget } from './aws-landing-zone/target.ts';
import { localTarget } from './local/target.ts';
import type { InstanceHealth, Target, TargetSettings } from './target.ts';

/** All targets. The parts that only the engine needs are loaded by it, when it needs them. */
const TARGETS = { local: localTarget, 'aws-landing-zone': awsLandingZoneTarget } as const satisfies Readonly<
  Record<string, (settings: TargetSettings) => Target>
>;

export const TARGET_NAMES: readonly string[] = Object.keys(TARGETS);

const NO_TARGET = `There is no target of that name; there are: ${TARGET_NAMES.join(', ')}.`;

const isTarget = (name: string): name is keyof typeof TARGETS => Object.hasOwn(TARGETS, name);

/** The target of a customer whose target does not exist: nothing can be created, and nothing has to be removed. */
const nowhere = (): Target => ({
  program: () => Promise.reject(new StackFailure('InvalidSpec', NO_TARGET)),
  prepare: () => Promise.resolve(),
  inventory: () => Promise.resolve({}),
  hasSecrets: () => Promise.resolve(false),
  sweep: () => Promise.resolve(),
  instances: () => Promise.resolve([]),
  health: () => Promise.resolve(NO_TARGET),
  endSessions: () => Promise.resolve(),
});

/** The target of that name. For an unknown name it is one that refuses to build, with `InvalidSpec`, and has nothing to remove. */
export function openTarget(name: string, settings: TargetSettings): Target {
  const open = isTarget(name) ? TARGETS[name] : undefined;
  return (open ?? nowhere)(settings);
}

/** The instances of all targets. @throws StackFailure when whoever runs them does not answer */
export async function lookAtAllInstances(settings: TargetSettings): Promise<readonly InstanceHealth[]> {
  return (await Promise.all(Object.values(TARGETS).map((open) => open(settings).instances()))).flat();
}
