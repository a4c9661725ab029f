import { randomInt, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { holdAccount } from '../../infra/db/repositories/accounts.ts';
import type { CustomerSession } from '../../infra/db/repositories/sessions.ts';
import { countApiKeys, insertApiKey, revokeApiKeys, useApiKey } from '../../infra/db/repositories/api-keys.ts';
import { spendLinks, takeLink } from '../../infra/db/repositories/one-time-links.ts';
import { appendAudit, appendRequest } from '../../infra/db/repositories/audit.ts';
import type { Database, Queryable } from '../../infra/db/database.ts';
import { hashToken } from '../../infra/tokens.ts';
import { refused } from '../support/commands.ts';
import { livingCustomer, type CommandRequest } from '../support/customer-commands.ts';
import { recordRequest } from '../support/record-request.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, notFound, notSignedIn } from '../http/errors.ts';
import { oweAccountMail, sendAccountMail } from './account-mail.ts';
import { limitCustomer } from './customer-limits.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 30 characters of 62: 178 bits. */
const SECRET_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^tenure_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;
const SHOWN_LENGTH = 'tenure_'.length + 4;

function base62(value: number): string {
  let text = '';
  for (let left = value; left > 0; left = Math.floor(left / ALPHABET.length))
    text = (ALPHABET[left % ALPHABET.length] ?? '') + text;
  return text.padStart(CHECKSUM_LENGTH, '0');
}

/** A prefix that scanners recognise, and a checksum that detects a mistyped key without asking the database. */
function newApiKey(): string {
  const secret = Array.from({ length: SECRET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `tenure_${secret}${base62(crc32(secret))}`;
}

export function looksLikeApiKey(token: string): boolean {
  const [, secret, checksum] = SHAPE.exec(token) ?? [];
  return secret !== undefined && base62(crc32(secret)) === checksum;
}

export const findApiKeyOwner = (database: Database, key: string): Promise<string | undefined> =>
  useApiKey(database, hashToken(key));

/** The key itself is only in this answer. */
export interface NewApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly prefix: string;
  readonly key: string;
}

interface Making {
  readonly customerId: string;
  readonly name: string;
  readonly byLink?: true;
  /** Repeated under it, no second key is created. */
  readonly commandId?: string | undefined;
}

const shownAlready = (): ApiError =>
  new ApiError(409, {
    error: 'Not possible now',
    message:
      'An API key was already created with this Idempotency-Key, and a key is shown only once. If you did not get it, revoke or replace it in the list of your keys, or use a new Idempotency-Key.',
    code: 'key_used',
  });

async function make(db: Queryable, { customerId, name, byLink, commandId = randomUUID() }: Making): Promise<NewApiKey> {
  const key = newApiKey();
  const prefix = key.slice(0, SHOWN_LENGTH);
  const keyHash = hashToken(key);
  const keyId = await insertApiKey(db, { customerId, name, prefix, keyHash, byLink: byLink === true });
  const order = { customerId, actor: 'customer', action: 'api_key.created', details: { prefix }, commandId };
  if (!(await appendRequest(db, order)).isNew) throw shownAlready();
  return { keyId, name, prefix, key };
}

/** More would only be forgotten keys. */
const MOST_KEYS = 20;

/** A session that ends between its check and this point must not create a key that outlives it. */
async function holdSession(db: Queryable, { customerId, sessionVersion }: CustomerSession): Promise<void> {
  if ((await holdAccount(db, customerId))?.sessionVersion !== sessionVersion) throw notSignedIn();
}

/**
 * @param commandId - one key for each
 * @throws ApiError 409 when the customer has as many as there may be, or the key of that command was made already; 429
 * when they change them too often, 401 when their sessions were ended meanwhile
 */
export async function makeApiKey(
  database: Database,
  session: CustomerSession,
  { name, commandId }: Pick<Making, 'name' | 'commandId'>,
): Promise<NewApiKey> {
  const { customerId } = session;
  await limitCustomer({ database }, customerId, 'keys');
  return database.transaction().execute(async (db) => {
    await holdSession(db, session);
    const made = await make(db, { customerId, name: name.trim(), commandId });
    if ((await countApiKeys(db, customerId)) > MOST_KEYS)
      throw refused(`There are already ${String(MOST_KEYS)} API keys. Revoke one first.`);
    return made;
  });
}

interface Revoking {
  readonly customerId: string;
  readonly keyId: string;
  readonly actor: string;
  readonly reason?: string;
}

async function revoke(db: Queryable, { customerId, keyId, actor, reason }: Revoking): Promise<{ name: string }> {
  const [key] = await revokeApiKeys(db, customerId, { keyId });
  if (!key) throw notFound('API key that works');
  const { name, prefix } = key;
  const said = reason === undefined ? {} : { reason };
  await appendAudit(db, { customerId, actor, action: 'api_key.revoked', details: { prefix }, ...said });
  return { name };
}

/** @throws ApiError 404 for a key that does not exist or is already revoked */
export const revokeApiKey = async ({ database }: Pick<AppDeps, 'database'>, revoking: Revoking): Promise<void> => {
  await database.transaction().execute((db) => revoke(db, revoking));
};

/**
 * Replaces a key by a new one of the same name; the old one stops working. @throws ApiError 404, or 429 and 401 as
 * `makeApiKey` does
 */
export async function replaceApiKey(database: Database, session: CustomerSession, keyId: string): Promise<NewApiKey> {
  const { customerId } = session;
  await limitCustomer({ database }, customerId, 'keys');
  return database.transaction().execute(async (db) => {
    await holdSession(db, session);
    const { name } = await revoke(db, { customerId, keyId, actor: 'customer' });
    return make(db, { customerId, name });
  });
}

/**
 * Opens a one-time link: makes a key, stores its hash, and returns the key itself this once. Undefined when the link
 * is used, expired or unknown.
 */
export async function revealApiKey(database: Database, linkToken: string): Promise<string | undefined> {
  return database.transaction().execute(async (db) => {
    const customerId = await takeLink(db, hashToken(linkToken), 'reveal_api_key');
    if (customerId === undefined) return undefined;
    return (await make(db, { customerId, name: 'API key', byLink: true })).key;
  });
}

const LINK_SENT = 'api_key.link_sent';

/**
 * Mails the owner a link that makes a key and shows it once; links sent before are used up. Staff never sees the key.
 */
export async function sendKeyLink(deps: AppDeps, command: CommandRequest, reason: string): Promise<void> {
  const { customerId, commandId } = command;
  await livingCustomer(deps, customerId);
  const owed = await deps.database.transaction().execute(async (db) => {
    await holdAccount(db, customerId);
    const { isNew } = await recordRequest(db, command, { reason, action: LINK_SENT, details: { commandId } });
    // Repeated under the same key, it must not use up the link that it has mailed.
    if (isNew) await spendLinks(db, customerId, 'reveal_api_key');
    return oweAccountMail(db, customerId, 'apiKeyLink', commandId);
  });
  await sendAccountMail(deps, owed);
}
