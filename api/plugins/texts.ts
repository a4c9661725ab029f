/** Every text in a parsed body, names of members included. */
export function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number' && Number.isSafeInteger(value)) yield String(value);
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) {
      yield key;
      yield* textsIn(member);
    }
}
