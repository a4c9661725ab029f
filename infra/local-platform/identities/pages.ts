import { html } from 'ghtml';
import type { Person } from './people.ts';

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937; }
h1 { line-height: 1.2; }
label { display: block; margin: 0.75rem 0; }
input { display: block; box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; border: 1px solid #9ca3af; border-radius: 0.25rem; }
button { padding: 0.6rem 1rem; font: inherit; color: #fff; background: #1d4ed8; border: 0; border-radius: 0.25rem; cursor: pointer; }
li { margin: 0.5rem 0; overflow-wrap: anywhere; }
pre { padding: 1rem; background: #f3f4f6; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

const page = (title: string, body: string): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          !${STYLE}
        </style>
      </head>
      <body>
        !${body}
      </body>
    </html>`;

const NOTE =
  'It stands in for Cognito on this machine: everybody is confirmed at once, and there are no passwords. Sign-ins are real OpenID Connect.';

const nameOf = ({ givenName, familyName, email }: Person): string => `${givenName} ${familyName} (${email})`;

export const homePage = (people: readonly Person[], signInUrl: string, problem = ''): string =>
  page(
    'Identities',
    html`<h1>Identities</h1>
      <p>${NOTE}</p>
      !${problem === '' ? '' : html`<p role="alert"><strong>${problem}</strong></p>`}
      <h2>Sign up</h2>
      <form method="post" action="/people">
        <label>Given name <input name="given_name" required maxlength="100" autocomplete="given-name" /></label>
        <label>Family name <input name="family_name" required maxlength="100" autocomplete="family-name" /></label>
        <label>Email <input name="email" type="email" required maxlength="254" autocomplete="email" /></label>
        <button>Sign up</button>
      </form>
      <h2>Signed up</h2>
      !${
        people.length === 0
          ? html`<p>Nobody yet.</p>`
          : html`<ul>
              !${people.map((one) => html`<li>${nameOf(one)}</li>`).join('')}
            </ul>`
      }
      !${people.length === 0 ? '' : html`<p><a href="${signInUrl}">Sign in, for a token</a></p>`}`,
  );

export const choicePage = (people: readonly Person[], action: string): string =>
  page(
    'Sign in',
    html`<h1>Who signs in?</h1>
      <p>${NOTE}</p>
      <ul>
        !${people
          .map(
            (one) =>
              html`<li>
                <form method="post" action="${action}">
                  <button name="sub" value="${one.sub}">${nameOf(one)}</button>
                </form>
              </li>`,
          )
          .join('')}
      </ul>`,
  );

export const tokenPage = (token: string, api: string): string =>
  page(
    'Signed in',
    html`<h1>Signed in</h1>
      <p>The app would now call the API with this ID token, for an hour:</p>
      <pre>curl ${api}/me/entitlements -H 'authorization: Bearer ${token}'</pre>
      <p><a href="/">Back</a></p>`,
  );
