import { invalidRequest } from './errors.ts';
import type { Metadata } from './objects/base.ts';

const MAX_KEYS = 50;
const MAX_KEY = 40;
const MAX_VALUE = 500;

function checkEntry(key: string, value: string): void {
  if (key.length > MAX_KEY || key === '')
    throw invalidRequest(`Metadata keys must be between 1 and ${String(MAX_KEY)} characters long.`, {
      param: 'metadata',
    });
  if (value.length > MAX_VALUE)
    throw invalidRequest(`Metadata values can have up to ${String(MAX_VALUE)} characters; ${key} is longer.`, {
      param: `metadata[${key}]`,
    });
}

/** Merges as Stripe does: keys not named stay, an empty value removes its key, an empty string removes all. */
export function mergeMetadata(current: Metadata, patch: Metadata | '' | undefined): Metadata {
  if (patch === undefined) return current;
  if (patch === '') return {};
  for (const [key, value] of Object.entries(patch)) checkEntry(key, value);
  const merged = Object.fromEntries(Object.entries({ ...current, ...patch }).filter(([, value]) => value !== ''));
  if (Object.keys(merged).length > MAX_KEYS)
    throw invalidRequest(`You can have up to ${String(MAX_KEYS)} metadata keys.`, { param: 'metadata' });
  return merged;
}
