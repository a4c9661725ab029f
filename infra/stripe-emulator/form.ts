/** Form values before a schema gives them types: only strings, lists and maps of them. */
export type FormValue = string | FormMap;
export type FormMap = Map<string, FormValue>;

const MAX_DEPTH = 8;
const SEGMENT = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

function segments(key: string): string[] {
  const match = SEGMENT.exec(key);
  if (!match) return [key];
  const nested = [...(match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((part) => part[1] ?? '');
  return [match[1] ?? key, ...nested].slice(0, MAX_DEPTH);
}

/** `list[]` appends, so an empty segment takes the next free index. */
const named = (map: FormMap, segment: string): string => (segment === '' ? String(map.size) : segment);

function place(root: FormMap, path: string[], value: string): void {
  let map = root;
  for (const [index, segment] of path.entries()) {
    const name = named(map, segment);
    if (index === path.length - 1) {
      map.set(name, value);
      return;
    }
    const below = map.get(name);
    const next = below instanceof Map ? below : new Map<string, FormValue>();
    map.set(name, next);
    map = next;
  }
}

/** Reads `a[b][0]=c` as Stripe does. Maps rather than objects, so that no key can reach a prototype. */
export function parseForm(text: string): FormMap {
  const root: FormMap = new Map();
  for (const [key, value] of new URLSearchParams(text)) place(root, segments(key), value);
  return root;
}
