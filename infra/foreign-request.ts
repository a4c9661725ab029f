import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser sent the request from another site's page. Browsers send where a request comes from, and a page
 * cannot change that; programs send nothing, and are not affected.
 */
export function isForeign(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}

const SAFE_METHODS: readonly (string | undefined)[] = ['GET', 'HEAD', 'OPTIONS'];
export const changesSomething = ({ method }: { readonly method?: string | undefined }): boolean =>
  !SAFE_METHODS.includes(method);
