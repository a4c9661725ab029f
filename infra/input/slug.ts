/** A label of a host (RFC 1123), in lower case. */
export const SLUG_PATTERN = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';

const SLUG = new RegExp(SLUG_PATTERN);

export const isSlug = (text: string): boolean => SLUG.test(text);

/** Host labels that belong to the platform itself, or that other machines ask a domain for. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  ...['www', 'api', 'admin', 'app', 'auth', 'billing', 'console', 'dashboard', 'docs', 'help', 'login', 'metrics'],
  ...['pay', 'portal', 'root', 'security', 'sso', 'static', 'status', 'support', 'tenure'],
  ...['ftp', 'imap', 'mail', 'mx', 'ns', 'pop', 'smtp', 'webmail'],
  ...['autoconfig', 'autodiscover', 'isatap', 'localhost', 'wpad'],
]);
/** `ns1`, `mx2`, `www3` … */
const NUMBERED = /^(?:mail|mx|ns|smtp|www)\d+$/;

export const isReserved = (slug: string): boolean => RESERVED_SLUGS.has(slug) || NUMBERED.test(slug);
