import { html } from 'ghtml';
import type { Instance } from './instance.ts';
import { daysLeft, STANDING, stateOf } from './standing.ts';
import type { Device } from './store.ts';

const STATE_WORDS = {
  active: 'active',
  read_only: 'read-only',
  licence_expired: 'read-only (licence expired)',
  suspended: 'suspended',
} as const;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1c2733}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.5rem}dt{color:#5b6b7b}dd{margin:0}
.notice{background:#fff4d6;border-left:4px solid #d9a300;padding:.7rem 1rem}
input,button{font:inherit;padding:.4rem .6rem}nav a{margin-right:1rem}`;

const layout = (title: string, body: string): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          !${STYLE}
        </style>
      </head>
      <body>
        !${body}
      </body>
    </html>`;

const notice = (text: string, accountUrl: string): string =>
  text === '' ? '' : html`<p class="notice" role="status">${text} <a href="${accountUrl}">Account page</a></p>`;

function facts(instance: Instance): string {
  const { credentials, licence } = instance;
  const days = daysLeft(credentials);
  const left = days === null ? 'no trial' : `${String(days)} ${days === 1 ? 'day' : 'days'} left`;
  return html`<dl>
    <dt>Plan</dt>
    <dd>${credentials.plan}</dd>
    <dt>Region</dt>
    <dd>${credentials.region}</dd>
    <dt>Trial</dt>
    <dd>${left}</dd>
    <dt>State</dt>
    <dd>${STATE_WORDS[stateOf(credentials, licence)]}</dd>
    <dt>Devices allowed</dt>
    <dd>${String(licence.maxDevices)}</dd>
  </dl>`;
}

const deviceList = (devices: readonly Device[]): string =>
  html`<h2>Devices</h2>
    <ul>
      !${devices.length === 0 ? '<li>None yet.</li>' : devices.map(({ name }) => html`<li>${name}</li>`).join('')}
    </ul>
    <form method="post" action="/devices">
      <label>Name <input name="name" required maxlength="100" /></label> <button>Add device</button>
    </form>`;

/** The front page; the devices only for who is signed in. */
export function homePage(instance: Instance, devices: readonly Device[] | undefined): string {
  const { company, accountUrl, mode } = instance.credentials;
  const rule = STANDING[stateOf(instance.credentials, instance.licence)];
  const nav = devices === undefined ? '<a href="/login">Sign in</a>' : '';
  const body = html`<h1>${company}</h1>
    !${notice(rule.notice, accountUrl)} !${facts(instance)}
    <nav>!${nav}<a href="${accountUrl}">Account page</a></nav>
    !${devices === undefined || mode === 'suspended' ? '' : deviceList(devices)}`;
  return layout(company, body);
}

export function loginPage(instance: Instance, problem = ''): string {
  const { company, accountUrl } = instance.credentials;
  const body = html`<h1>Sign in to ${company}</h1>
    !${problem === '' ? '' : html`<p class="notice" role="alert">${problem}</p>`}
    <form method="post" action="/login">
      <label>Device API key <input name="key" type="password" required autocomplete="off" /></label>
      <button>Sign in</button>
    </form>
    <p>
      This signs in to this instance, with its own device API key. Plan, payment and people are on your
      <a href="${accountUrl}">account page</a>.
    </p>`;
  return layout(`Sign in to ${company}`, body);
}

export function messagePage(instance: Instance, text: string): string {
  const { company, accountUrl } = instance.credentials;
  return layout(
    company,
    html`<h1>${company}</h1>
      !${notice(text, accountUrl)}
      <p><a href="/">Back</a></p>`,
  );
}
