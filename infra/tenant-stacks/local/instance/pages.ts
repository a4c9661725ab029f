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

export const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
body{color:light-dark(#1c2733,#dfe5ec);background:light-dark(#fff,#13171f)}a{color:light-dark(#0b63ad,#7cc0ff)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.5rem}dt{color:light-dark(#5b6b7b,#9aa7b5)}dd{margin:0}
.notice{background:light-dark(#fff4d6,#3a3011);border-left:4px solid #d9a300;padding:.7rem 1rem}
label{display:block;margin-bottom:.8rem}input{display:block;box-sizing:border-box;width:100%;max-width:24rem}
input,button{font:inherit;padding:.4rem .6rem}nav a{margin-right:1rem}`;

const layout = (title: string, body: string, head = ''): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        !${head} !${`<style>${STYLE}</style>`}
      </head>
      <body>
        <main>!${body}</main>
      </body>
    </html>`;

const notice = (text: string, accountUrl: string): string =>
  text === '' ? '' : html`<p class="notice" role="status">${text} <a href="${accountUrl}">Account page</a></p>`;

function facts(instance: Instance): string {
  const { credentials, licence } = instance;
  const days = daysLeft(credentials);
  return html`<dl>
    <dt>Plan</dt>
    <dd>${credentials.plan}</dd>
    <dt>Region</dt>
    <dd>${credentials.region}</dd>
    !${
      days === null
        ? ''
        : html`<dt>Trial</dt>
            <dd>${String(days)} ${days === 1 ? 'day' : 'days'} left</dd>`
    }
    <dt>State</dt>
    <dd>${STATE_WORDS[stateOf(credentials, licence)]}</dd>
    !${
      licence.maxDevices > 0
        ? html`<dt>Devices allowed</dt>
            <dd>${String(licence.maxDevices)}</dd>`
        : ''
    }
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

const SIGN_OUT = '<form method="post" action="/logout"><button>Sign out</button></form>';

/** The front page, for somebody who is signed in. */
export function homePage(instance: Instance, devices: readonly Device[]): string {
  const { company, accountUrl, mode } = instance.credentials;
  const rule = STANDING[stateOf(instance.credentials, instance.licence)];
  const body = html`<h1>${company}</h1>
    !${notice(rule.notice, accountUrl)} !${facts(instance)}
    <nav aria-label="Pages"><a href="${accountUrl}">Account page</a>!${SIGN_OUT}</nav>
    !${mode === 'suspended' || instance.licence.maxDevices === 0 ? '' : deviceList(devices)}`;
  return layout(company, body);
}

/** Does not say whose instance it is. */
export function loginPage({ credentials: { accountUrl } }: Instance, problem = ''): string {
  const body = html`<h1>Sign in</h1>
    !${problem === '' ? '' : html`<p class="notice" role="alert">${problem}</p>`}
    <p><a href="${accountUrl}/instance">Sign in with your account</a></p>
    <details>
      <summary>Sign in with the device API key</summary>
      <form method="post" action="/login">
        <label>Device API key <input name="key" type="password" required autocomplete="off" /></label>
        <button>Sign in</button>
      </form>
    </details>`;
  return layout('Sign in', body);
}

export function enteredPage({ credentials: { company } }: Instance): string {
  const goOn = '<meta http-equiv="refresh" content="0;url=/" />';
  return layout(
    company,
    html`<h1>${company}</h1>
      <p>You are signed in. <a href="/">Go on</a></p>`,
    goOn,
  );
}

/** For anybody, signed in or not. */
export function messagePage({ credentials: { accountUrl } }: Instance, text: string): string {
  return layout(
    'Message',
    html`<h1>Message</h1>
      !${notice(text, accountUrl)}
      <p><a href="/">Back</a></p>`,
  );
}
