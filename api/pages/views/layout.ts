import { html } from 'ghtml';
import type { Brand } from '../../../workflows/domain/profiles/brand.ts';
import { BRAND_STYLES, logoPath } from '../brand.ts';

export type Visitor = 'anybody' | 'customer' | 'staff';

export interface Page {
  readonly title: string;
  /** Markup, already escaped. */
  readonly body: string;
  readonly visitor?: Visitor;
  /** Nobody is signed in yet, so there is nowhere else to go. */
  readonly signsIn?: boolean;
  /** Needs htmx. */
  readonly live?: boolean;
  /** Of our own, by the name of its asset; the page works without it. */
  readonly script?: string;
  /** The page reloads after this many seconds; a live page does so only without scripts. */
  readonly reloadSeconds?: number;
  /** Path of the page that replaces this one immediately. */
  readonly goesOnTo?: string;
  readonly wide?: boolean;
  /** Protects the form that signs out. */
  readonly csrf?: string;
}

/** Without a token there is no form: an error's page knows of no session. */
const signOut = (action: string, csrf: string): string =>
  csrf === ''
    ? ''
    : html`
        <li>
          <form method="post" action="${action}" class="plain">
            <input type="hidden" name="_csrf" value="${csrf}" /><button class="link">Sign out</button>
          </form>
        </li>
      `;

const NAVIGATION: Readonly<Record<Visitor, (csrf: string) => string>> = {
  anybody: () =>
    html`<li><a href="/">Sign up</a></li>
      <li><a href="/login">Sign in</a></li>`,
  customer: (csrf) =>
    html`<li><a href="/account">Account</a></li>
      !${signOut('/logout', csrf)}`,
  staff: (csrf) =>
    html`<li><a href="/console">Customers</a></li>
      <li><a href="/console/batches">Batches</a></li>
      <li><a href="/console/events">Events</a></li>
      <li><a href="/console/outages">Outages</a></li>
      <li><a href="/console/differences">Differences</a></li>
      !${signOut('/console/logout', csrf)}`,
};

const navigation = ({ visitor = 'anybody', signsIn = false, csrf = '' }: Page): string =>
  signsIn
    ? ''
    : html`<ul>
        !${NAVIGATION[visitor](csrf)}
      </ul>`;

/** Not deferred: htmx would start before a slower script has extended it, and the page would never be live. */
const scripts = html`<script src="/assets/htmx.min.js"></script>
  <script src="/assets/hx-sse.min.js"></script>`;
const refresh = (seconds: number): string => html`<meta http-equiv="refresh" content="${String(seconds)}" />`;
/** A page that is live is loaded again only where no script runs. */
const reload = (seconds: number, live: boolean): string =>
  live ? html`<noscript>!${refresh(seconds)}</noscript>` : refresh(seconds);

/**
 * The attributes of the element that shows the server-sent events of this path. htmx reconnects to a stream that broke,
 * but not to one that never began, and would show a refusal in place of the content.
 */
export const liveFrom = (path: string): string =>
  html`hx-sse:connect="${path}" hx-trigger="load, every 5s" hx-sync="this:drop" hx-status:4xx="swap:none"
  hx-status:5xx="swap:none"`;

const looks = (brand: Brand): string =>
  html`<link
      rel="icon"
      href="${logoPath(brand) ?? 'data:,'}"
    />!${brand.colour === undefined ? '' : html`<link rel="stylesheet" href="${BRAND_STYLES}" />`}`;

/** The brand on every page, and who the page is for. */
function home(brand: Brand, visitor: Visitor): string {
  const logo = logoPath(brand);
  const image = logo === undefined ? '' : html`<img src="${logo}" alt="" />`;
  return visitor === 'staff'
    ? html`<a href="/console" class="brand">!${image}${brand.name} · support console</a>`
    : html`<a href="/" class="brand">!${image}${brand.name}</a>`;
}

/** The frame of every page. Nothing inline: the content security policy forbids it. */
export function layout(page: Page, brand: Brand): string {
  const { title, body, visitor = 'anybody', live = false, reloadSeconds, goesOnTo, wide = false, script } = page;
  const frame = wide ? 'container-fluid' : 'container narrow';
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${brand.name}</title>
        <link rel="stylesheet" href="/assets/pico.min.css" />
        <link rel="stylesheet" href="/assets/tenure.css" />
        !${looks(brand)}!${script === undefined ? '' : html`<script src="/assets/${script}" defer></script>`}
        !${live ? scripts : ''}!${reloadSeconds === undefined ? '' : reload(reloadSeconds, live)}!${goesOnTo === undefined ? '' : html`<meta http-equiv="refresh" content="0;url=${goesOnTo}" />`}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="${frame}">
          <nav aria-label="Main">
            <ul>
              <li>!${home(brand, visitor)}</li>
            </ul>
            !${navigation(page)}
          </nav>
        </header>
        <main id="main" class="${frame}">!${body}</main>
        <footer class="${frame}">
          <small
            ><a href="/terms">Terms of service</a> · <a href="/privacy">Privacy</a> · <a href="/docs">API</a></small
          >
        </footer>
      </body>
    </html>`;
}
