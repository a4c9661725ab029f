import { isIP } from 'node:net';
import { normaliseEmail } from '../input/email-address.ts';

/** An address, alone or as `Name <address>`. */
export const isMailbox = (text: string): boolean =>
  normaliseEmail(/^[^<>"]*<([^<>]+)>$/.exec(text)?.[1] ?? text) !== undefined;

/** `host` or `host:port`, without a scheme or a path. */
export const isHost = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i.test(text);

/** An IP address, a network in CIDR notation that is not all there are, or one of the ranges Fastify has names for. */
export function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) > 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** The base of links: a web address, and perhaps a path. */
export function isLinkBase(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}

/** As a browser sends it: nothing but scheme, host and port, and no port that goes without saying. */
export const isOrigin = (text: string): boolean =>
  URL.canParse(text) &&
  /^https?:$/.test(new URL(text).protocol) &&
  new URL(text).origin === text &&
  !text.includes('*');

/** What can follow `Authorization: Bearer `. */
export const isBearer = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

/** A staff token: too long to be found by trying. */
export const isToken = (text: string): boolean => isBearer(text) && text.length >= 16;

export const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/.test(host);

export const isConfigurationSet = (text: string): boolean => /^[\w-]{1,64}$/.test(text);
export const isTopicArn = (text: string): boolean =>
  /^arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]{3,32}:\d{12}:[\w-]{1,256}$/.test(text);

/** The places Pulumi keeps states in. */
const BACKENDS = new Set(['file:', 's3:', 'gs:', 'azblob:', 'postgres:', 'postgresql:', 'https:', 'http:']);
export function isBackend(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, host, search, hash } = new URL(text);
  // Of a folder nothing else stands in the URL: a "#" of its path is %23 there.
  return BACKENDS.has(protocol) && (protocol !== 'file:' || host + search + hash === '');
}

/** Of a Stripe secret or restricted key. */
export const modeOfKey = (key: string): 'live' | 'test' => (/^(sk|rk)_live_/.test(key) ? 'live' : 'test');
