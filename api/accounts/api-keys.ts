import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { insertApiKey, useApiKey } from '../../infra/db/repositories/api-keys.ts';
import { takeLink } from '../../infra/db/repositories/one-time-links.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import type { Database } from '../../infra/db/database.ts';
import { hashToken } from '../../infra/tokens.ts';

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

/** A prefix that scanners recognise, and a checksum that tells a mistyped key without asking the database. */
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

/**
 * Opens a one-time link: makes a key, stores its hash, and returns the key itself this once. Undefined when the link
 * is used, expired or unknown.
 */
export async function revealApiKey(database: Database, linkToken: string): Promise<string | undefined> {
  return database.transaction().execute(async (db) => {
    const customerId = await takeLink(db, hashToken(linkToken), 'reveal_api_key');
    if (customerId === undefined) return undefined;
    const key = newApiKey();
    const prefix = key.slice(0, SHOWN_LENGTH);
    await insertApiKey(db, { customerId, name: 'API key', prefix, keyHash: hashToken(key), byLink: true });
    await appendAudit(db, { customerId, actor: 'customer', action: 'api_key.created', details: { prefix } });
    return key;
  });
}
