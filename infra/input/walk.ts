/** No request needs more levels than this; more of them only cost time. */
const DEEPEST = 32;

export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';

  constructor() {
    super(`More than ${String(DEEPEST)} levels.`);
  }
}

/**
 * Shows every text of a parsed value to `look`, level by level: strings, numbers and names of members. Takes time in
 * proportion to the value's size.
 * @throws TooDeepError when lists and objects are nested deeper than 32 levels
 */
export function eachText(value: unknown, look: (text: string) => void): void {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: unknown[] = [];
    for (const member of level) {
      if (typeof member === 'string') look(member);
      else if (typeof member === 'number') look(String(member));
      else if (typeof member === 'object' && member !== null) {
        if (depth === DEEPEST) throw new TooDeepError();
        if (!Array.isArray(member)) for (const name of Object.keys(member)) look(name);
        const inner: readonly unknown[] = Array.isArray(member) ? member : Object.values(member);
        for (const each of inner) below.push(each);
      }
    }
    level = below;
  }
}
