import { domainToASCII } from 'node:url';
import validator from 'validator';

/** ASCII letters only: other alphabets fold in ways that make two addresses one (reliability N2). */
const foldAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * The form under which an address is unique, or undefined when it is no address we take. The one place that decides
 * this: signup, login and corrections all go through here. Mail is sent to the address as it was typed.
 */
export function normaliseEmail(address: string): string | undefined {
  const trimmed = address.trim();
  // One that changes under NFKC, or holds invisible characters, only looks like another one.
  if (/[\p{Cc}\p{Cf}]/u.test(trimmed) || trimmed.normalize('NFKC') !== trimmed || !validator.isEmail(trimmed))
    return undefined;
  const at = trimmed.lastIndexOf('@');
  const domain = domainToASCII(trimmed.slice(at + 1));
  return domain === '' ? undefined : `${foldAscii(trimmed.slice(0, at))}@${domain}`;
}
