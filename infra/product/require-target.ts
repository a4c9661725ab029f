import { ConfigError } from '../settings.ts';

/**
 * @param place - where it was named
 * @throws ConfigError when there is no target of that name
 */
export async function requireTarget(name: string, place: string): Promise<void> {
  // Loaded when it is needed: most of what asks for a product has nothing to do with stacks.
  const { TARGET_NAMES } = await import('../tenant-stacks/targets.ts');
  if (!TARGET_NAMES.includes(name))
    throw new ConfigError(`${place} names the target "${name}". There are: ${TARGET_NAMES.join(', ')}.`);
}
