import { invalidRequest } from './errors.ts';
import type { Customer } from './objects/customers.ts';
import type { Store } from './store.ts';

interface SearchParams {
  query: string;
  limit?: number;
  page?: string;
}

const FIELDS: ReadonlySet<string> = new Set(['email', 'name', 'phone']);
const CLAUSE =
  /^\s*(?:metadata\[(['"])(?<key>.+?)\1\]|(?<field>[a-z_]+))\s*(?<operator>[:~])\s*(['"])(?<value>.*?)\5\s*$/;
const DEFAULT_LIMIT = 10;

type Test = (customer: Customer) => boolean;

function unsupported(query: string): never {
  throw invalidRequest(
    `We were unable to parse your search query: ${query}. The local emulator knows field:'value' and field~'part' for ${[...FIELDS].join(', ')} and metadata['key'], joined by AND.`,
    { param: 'query' },
  );
}

function parseClause(clause: string, query: string): Test {
  const groups = CLAUSE.exec(clause)?.groups;
  if (!groups) return unsupported(query);
  const { key, field, operator, value = '' } = groups;
  if (field !== undefined && !FIELDS.has(field)) return unsupported(query);
  const matches = (found: string | null | undefined): boolean => {
    if (typeof found !== 'string') return false;
    const [left, right] = [found.toLowerCase(), value.toLowerCase()];
    return operator === ':' ? left === right : left.includes(right);
  };
  return (customer) =>
    matches(key === undefined ? customer[field as 'email' | 'name' | 'phone'] : customer.metadata[key]);
}

/** The part of Stripe's search language that clauses joined by `AND` make. Unlike Stripe's, the result is never stale. */
export function searchCustomers(store: Store, { query, limit = DEFAULT_LIMIT, page }: SearchParams): object {
  const tests = query.split(/\sAND\s/i).map((clause) => parseClause(clause, query));
  const start = Number(page ?? 0);
  if (!Number.isSafeInteger(start) || start < 0) throw invalidRequest('Invalid page token.', { param: 'page' });
  const found = store
    .all('customer')
    .filter((customer) => tests.every((test) => test(customer)))
    .reverse();
  const more = found.length > start + limit;
  return {
    object: 'search_result',
    data: found.slice(start, start + limit),
    has_more: more,
    next_page: more ? String(start + limit) : null,
    url: '/v1/customers/search',
  };
}
