import type { SQLInputValue } from 'node:sqlite';
import { noSuch } from './errors.ts';
import type { List } from './objects/base.ts';
import type { ObjectType, ObjectTypes } from './objects/index.ts';
import { conditions, type Range, type Row, type Store, type Where } from './store.ts';

/** The paging parameters of every list route, as the client sent them. */
export interface ListParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: Range | number;
}

interface Source {
  table: 'objects' | 'events';
  type: string;
  where: string;
  values: SQLInputValue[];
}

const DEFAULT_LIMIT = 10;

function cursor(store: Store, source: Source, id: string, param: string): number {
  const rows =
    source.table === 'events'
      ? store.rows('select seq from events where id = ?', id)
      : store.rows('select seq from objects where type = ? and id = ?', source.type, id);
  if (!rows[0]) throw noSuch(source.type, id, param, 400);
  return Number(rows[0].seq);
}

/** Newest first. Going backwards (`ending_before`) reads upwards and turns the page round, as Stripe's pages do. */
function page(store: Store, source: Source, params: ListParams): { rows: Row[]; more: boolean } {
  const limit = params.limit ?? DEFAULT_LIMIT;
  const backwards = params.ending_before !== undefined;
  const from = params.ending_before ?? params.starting_after;
  const seq =
    from === undefined ? undefined : cursor(store, source, from, backwards ? 'ending_before' : 'starting_after');
  const bound = seq === undefined ? '' : ` and seq ${backwards ? '>' : '<'} ${String(seq)}`;
  const order = backwards ? 'asc' : 'desc';
  const rows = store.rows(
    `select data from ${source.table} where ${source.where}${bound} order by seq ${order} limit ${String(limit + 1)}`,
    ...source.values,
  );
  const kept = rows.slice(0, limit);
  return { rows: backwards ? kept.reverse() : kept, more: rows.length > limit };
}

const envelope = <T>(rows: Row[], more: boolean, url: string): List<T> => ({
  object: 'list',
  data: rows.map((row) => JSON.parse(String(row.data)) as T),
  has_more: more,
  url,
});

/** One page of objects of a type, in Stripe's envelope. */
export function listObjects<T extends ObjectType>(
  store: Store,
  type: T,
  url: string,
  params: ListParams,
  where: Where = {},
): List<ObjectTypes[T]> {
  const { sql, values } = conditions(where, params.created);
  const source: Source = {
    table: 'objects',
    type,
    where: `type = ? and deleted = 0${sql}`,
    values: [type, ...values],
  };
  const { rows, more } = page(store, source, params);
  return envelope(rows, more, url);
}

interface EventParams extends ListParams {
  /** Of all endpoints: one that has yet to take the event makes it false. */
  delivery_success?: boolean;
}

const UNDELIVERED = 'exists (select 1 from deliveries where event = events.id and delivered_at is null)';

function delivered(success: boolean | undefined): string {
  if (success === undefined) return '';
  return success ? ` and not ${UNDELIVERED}` : ` and ${UNDELIVERED}`;
}

/** One page of events; `types` may end in `.*`. */
export function listEvents(store: Store, params: EventParams, types: string[]): List<object> {
  const { sql, values } = conditions({}, params.created);
  const matching = types.map(() => 'type glob ?').join(' or ');
  const where = `1 = 1${sql}${matching ? ` and (${matching})` : ''}${delivered(params.delivery_success)}`;
  const { rows, more } = page(store, { table: 'events', type: 'event', where, values: [...values, ...types] }, params);
  return envelope(rows, more, '/v1/events');
}

/** One page of a list that is embedded in its owner, in the order it stands there. */
export function embeddedPage<T extends { id: string }>(whole: List<T>, params: ListParams): List<T> {
  const { limit = DEFAULT_LIMIT, starting_after, ending_before } = params;
  const index = (id: string, param: string): number => {
    const found = whole.data.findIndex((one) => one.id === id);
    if (found === -1) throw noSuch('line item', id, param, 400);
    return found;
  };
  const rest =
    starting_after === undefined ? whole.data : whole.data.slice(index(starting_after, 'starting_after') + 1);
  const before = ending_before === undefined ? undefined : whole.data.slice(0, index(ending_before, 'ending_before'));
  const data = before ? before.slice(-limit) : rest.slice(0, limit);
  return { ...whole, data, has_more: data.length < (before ?? rest).length };
}

/** A short embedded list, such as an invoice's lines. */
export const embedded = <T>(data: T[], url: string): List<T> => ({ object: 'list', data, has_more: false, url });
