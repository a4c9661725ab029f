/** A label of a host (RFC 1123), in lower case. */
export const SLUG_PATTERN = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$';

const SLUG = new RegExp(SLUG_PATTERN);

export const isSlug = (text: string): boolean => SLUG.test(text);
