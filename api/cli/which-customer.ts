import { isCustomerId } from '../../infra/input/ids.ts';
import type { AdminClient, CustomerList } from './admin-client.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';

/** The customer that a command is about. */
export interface Named {
  readonly customerId: string;
  readonly companyName: string | null;
}

/** How many an error message names. */
const NAMED_AT_MOST = '10';

/** How a reply says which customer it is about. */
export const nameOf = ({ customerId, companyName }: Named): string =>
  companyName === null ? customerId : `${customerId} (${plain(companyName)})`;

const named = ({ customers }: CustomerList): readonly Named[] =>
  customers.map((row) => ({ customerId: row.customer_id, companyName: row.company_name }));

const listed = (page: CustomerList): string =>
  `${named(page).map(nameOf).join(', ')}${page.next_cursor === null ? '' : ' and more'}`;

const several = (who: string, page: CustomerList): CliError =>
  new CliError(EXIT.refused, `Several customers match "${who}": ${listed(page)}. Give the id.`);

/** An empty text, for example from an unset variable, would be a part of every name. */
function typed(text: string): string {
  const who = text.trim();
  if (who !== '') return who;
  throw new CliError(EXIT.usage, 'The customer is empty: give an id, a name or an e-mail address.');
}

/** The customer with this id, or with this company name, instance name or e-mail address. */
async function exactly(client: AdminClient, who: string): Promise<Named | undefined> {
  const page = await client.list({ exact: who, limit: NAMED_AT_MOST });
  const found = named(page);
  // Anybody can name their company like another customer's id.
  if (isCustomerId(who)) return found.find(({ customerId }) => customerId === who);
  const [first, second] = found;
  if (second) throw several(who, page);
  return first;
}

/**
 * The customer for a command that only reads: by id, by an exact name or address, or by a part that matches no other.
 * @throws CliError for an empty text, and unless it means exactly one
 */
export async function toRead(client: AdminClient, text: string): Promise<string> {
  const who = typed(text);
  if (isCustomerId(who)) return who;
  const exact = await exactly(client, who);
  if (exact) return exact.customerId;
  const page = await client.list({ q: who, limit: NAMED_AT_MOST });
  const [first, second] = named(page);
  if (!first) throw new CliError(EXIT.refused, `No customer matches "${who}".`);
  if (second) throw several(who, page);
  return first.customerId;
}

/**
 * The customer for a command that changes something: by id, or by an exact name or address. A part of a name is not
 * enough: it could match another customer when the intended one is not here.
 * @throws CliError for an empty text, and unless it means exactly one
 */
export async function toChange(client: AdminClient, text: string): Promise<Named> {
  const who = typed(text);
  const exact = await exactly(client, who);
  if (exact) return exact;
  // The API says what it knows about an unknown id.
  if (isCustomerId(who)) return { customerId: who, companyName: null };
  const like = await client.list({ q: who, limit: NAMED_AT_MOST });
  if (like.customers.length === 0) throw new CliError(EXIT.refused, `No customer matches "${who}".`);
  const message = `"${who}" is only part of a name or address: it matches ${listed(like)}. Give the id.`;
  throw new CliError(EXIT.refused, message);
}
