import type { Profile } from './profile.ts';
import { tenure } from './tenure.ts';

const profiles: Readonly<Record<string, Profile>> = { tenure };

/** @throws Error naming the profiles there are, when there is none of that name. */
export function findProfile(name: string): Profile {
  const profile = profiles[name];
  if (!profile) throw new Error(`TENURE_PROFILE must be one of ${Object.keys(profiles).join(', ')}, not "${name}".`);
  return profile;
}

export { findPlan, priceLookupKey, type Plan, type Profile } from './profile.ts';
