import { Type, type Static } from 'typebox';
import { invalidRequest } from './errors.ts';
import { optional, params } from './params.ts';
import type { Store } from './store.ts';

export const searchParams = params({
  query: Type.String(),
  limit: optional(Type.Integer({ minimum: 1, maximum: 100 })),
  page: optional(Type.String()),
});
type SearchParams = Static<typeof searchParams>;

/** What can be searched, and by which fields besides the metadata. */
const FIELDS = { customer: ['email', 'name', 'phone'], subscription: ['status'] } as const;
type Searched = keyof typeof FIELDS;
const CLAUSE =
  /^\s*(?:metadata\[(['"])(?<key>.+?)\1\]|(?<field>[a-z_]+))\s*(?<operator>[:~])\s*(['"])(?<value>.*?)\5\s*$/;
const DEFAULT_LIMIT = 10;

type Test = (object: { readonly metadata: Readonly<Record<string, string>> }) => boolean;

function unsupported(query: string, fields: readonly string[]): never {
  throw invalidRequest(
    `We were unable to parse your search query: ${query}. The local emulator knows field:'value' and field~'part' for ${fields.join(', ')} and metadata['key'], joined by AND.`,
    { param: 'query' },
  );
}

function parseClause(clause: string, query: string, fields: readonly string[]): Test {
  const groups = CLAUSE.exec(clause)?.groups;
  if (!groups) return unsupported(query, fields);
  const { key, field = '', operator, value = '' } = groups;
  if (key === undefined && !fields.includes(field)) return unsupported(query, fields);
  const matches = (found: unknown): boolean => {
    if (typeof found !== 'string') return false;
    const [left, right] = [found.toLowerCase(), value.toLowerCase()];
    return operator === ':' ? left === right : left.includes(right);
  };
  return (object) => matches(key === undefined ? Reflect.get(object, field) : object.metadata[key]);
}

/** The part of Stripe's search language that clauses joined by `AND` make. Unlike Stripe's, the result is never stale. */
export function search(store: Store, kind: Searched, { query, limit = DEFAULT_LIMIT, page }: SearchParams): object {
  const tests = query.split(/\sAND\s/i).map((clause) => parseClause(clause, query, FIELDS[kind]));
  const start = Number(page ?? 0);
  if (!Number.isSafeInteger(start) || start < 0) throw invalidRequest('Invalid page token.', { param: 'page' });
  const found = store
    .all(kind)
    .filter((object) => tests.every((test) => test(object)))
    .reverse();
  const more = found.length > start + limit;
  return {
    object: 'search_result',
    data: found.slice(start, start + limit),
    has_more: more,
    next_page: more ? String(start + limit) : null,
    url: `/v1/${kind}s/search`,
  };
}
