import { domainToASCII } from 'node:url';
import validator from 'validator';
import { isLine } from './line.ts';

/** ASCII letters only: other alphabets fold in ways that make two addresses one. */
const foldAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const INVALID = 'Invalid email format';

interface Parts {
  readonly local: string;
  /** In ASCII (RFC 3492), as it travels. */
  readonly domain: string;
}

function partsOf(address: string): Parts | undefined {
  const trimmed = address.trim();
  // An address that changes under NFKC, or holds invisible characters, only looks like another one.
  if (!isLine(trimmed) || trimmed.normalize('NFKC') !== trimmed || !validator.isEmail(trimmed)) return undefined;
  const at = trimmed.lastIndexOf('@');
  const domain = domainToASCII(trimmed.slice(at + 1));
  return domain === '' ? undefined : { local: trimmed.slice(0, at), domain };
}

/**
 * The form under which an address is unique, or undefined when it is no address we take. The one place that decides
 * this: signup, login and corrections all go through here.
 */
export function normaliseEmail(address: string): string | undefined {
  const parts = partsOf(address);
  return parts && `${foldAscii(parts.local)}@${parts.domain}`;
}

/** Where the mail of a normalised address arrives: what stands after a `+` names no other mailbox at most providers. */
export const mailboxOf = (emailNorm: string): string => emailNorm.replace(/\+[^@]*(?=@)/, '');

/** Why mail could not be sent to an address that somebody gives now; undefined when it can. */
export function emailProblem(address: string): string | undefined {
  const parts = partsOf(address);
  if (!parts) return INVALID;
  return isAscii(parts.local)
    ? undefined
    : 'Mail cannot be sent to an address with such characters before the @. Use one with a-z, 0-9 and signs like . - _ +';
}

/** The form in which an address is handed to a mail service: the domain in ASCII, the rest as it was typed. */
export function deliveryAddress(address: string): string {
  const parts = partsOf(address);
  return parts ? `${parts.local}@${parts.domain}` : address;
}

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);
