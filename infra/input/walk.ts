/** No request needs more levels than this; more of them only cost time. */
const DEEPEST = 32;

export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';

  constructor() {
    super(`More than ${String(DEEPEST)} levels.`);
  }
}

type Visit = (text: string) => void;

const isNested = (member: unknown): member is object => typeof member === 'object' && member !== null;

function membersOf(nested: object, visit: Visit): readonly unknown[] {
  if (Array.isArray(nested)) return nested;
  for (const name of Object.keys(nested)) visit(name);
  return Object.values(nested);
}

/**
 * Shows every text of a parsed value to `visit`, level by level: strings, whole numbers and names of members. Takes time in
 * proportion to the value's size.
 * @throws TooDeepError when lists and objects are nested deeper than 32 levels
 */
export function eachText(value: unknown, visit: Visit): void {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: unknown[] = [];
    for (const member of level)
      if (typeof member === 'string') visit(member);
      else if (Number.isInteger(member)) visit(String(member));
      else if (isNested(member)) for (const inner of membersOf(member, visit)) below.push(inner);
    if (depth === DEEPEST && level.some(isNested)) throw new TooDeepError();
    level = below;
  }
}
