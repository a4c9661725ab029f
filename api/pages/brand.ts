import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contrast, mixed, READABLE, type Brand } from '../../workflows/domain/profiles/brand.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';

export const BRAND_STYLES = '/assets/brand.css';

export const logoPath = ({ logo }: Brand): string | undefined =>
  logo === undefined ? undefined : `/assets/logo${extname(logo)}`;

/** Pico's lightest surface of its dark theme: what is readable there is readable on all of them. */
const DARKEST_PAPER = '#181c25';
const SHARES = Array.from({ length: 20 }, (_, index) => index / 20);

/** The colour, as much lighter as text on dark needs. */
const onDark = (colour: string): string =>
  SHARES.map((share) => mixed(colour, '#ffffff', share)).find((it) => contrast(it, DARKEST_PAPER) >= READABLE) ??
  '#ffffff';

const variables = (background: string, text: string): string => `
  --pico-primary: ${text};
  --pico-primary-hover: ${text};
  --pico-primary-underline: ${text}80;
  --pico-primary-focus: ${text}60;
  --pico-primary-background: ${background};
  --pico-primary-hover-background: ${mixed(background, '#000000', 0.15)};
`;

/** Pico's own colours, by its own selectors. Buttons are the same in both themes: their text is white. */
const stylesOf = (colour: string): string => `:root:not([data-theme='dark']) {${variables(colour, colour)}}
@media (prefers-color-scheme: dark) {
:root:not([data-theme]) {${variables(colour, onDark(colour))}}
}
`;

/** A logo is shown as an image, where nothing in it runs; opened by its address it must be as harmless. */
const HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

interface File {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Asked for each time, like the other files for browsers. */
function fileRoute(app: App, path: string, { type, bytes }: File): void {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    void reply.header('cache-control', 'public, max-age=0').header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.header('content-security-policy', HARMLESS).type(type).send(bytes);
  };
  app.get(path, { config: { access: 'public' }, schema: { hide: true } }, answer);
}

/** What browsers load of the product's own. */
export function brandAssets(app: App, { profile: { brand }, logo }: AppDeps): void {
  const { colour } = brand;
  if (colour !== undefined)
    fileRoute(app, BRAND_STYLES, { type: 'text/css; charset=utf-8', bytes: Buffer.from(stylesOf(colour)) });
  const path = logoPath(brand);
  if (path !== undefined && logo !== undefined) fileRoute(app, path, logo);
}
