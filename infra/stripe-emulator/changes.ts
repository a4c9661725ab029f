export type Json = Record<string, unknown>;

export const isPlain = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

/**
 * What changed, as an event's `previous_attributes` says it: old values of the changed members only; within nested
 * objects again only those, lists whole, and `null` for what was not there.
 */
export function previousAttributes(before: Json, after: Json): Json {
  const changed: [string, unknown][] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, next] = [before[key], after[key]];
    if (same(old, next)) continue;
    changed.push([key, isPlain(old) && isPlain(next) ? previousAttributes(old, next) : (old ?? null)]);
  }
  return Object.fromEntries(changed);
}
