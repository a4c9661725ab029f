import { html } from 'ghtml';
import type { AccountView } from './account-overview.ts';
import { buttonForm, csrfField, field } from './forms.ts';
import { revokeKeysBox } from './password.ts';
import { day } from './words.ts';

type Key = AccountView['keys'][number];

function keyLine({ keyId, name, prefix, createdAt, lastUsedAt, revokedAt }: Key, csrf: string): string {
  const used = lastUsedAt ? `last used ${day(lastUsedAt)}` : 'never used';
  const inputs = html`<input type="hidden" name="key_id" value="${keyId}" />`;
  const forms =
    revokedAt === null
      ? html`<span class="actions"
          >!${buttonForm({ action: '/account/keys/replace', csrf, label: 'Replace', look: 'secondary', inputs })}!${buttonForm({ action: '/account/keys/revoke', csrf, label: 'Revoke', look: 'secondary', inputs })}</span
        >`
      : '';
  return html`<li>
    ${name} <code>${prefix}…</code> created ${day(createdAt)},
    ${used}${revokedAt ? `, revoked ${day(revokedAt)}` : ''}!${forms}
  </li>`;
}

export const keys = ({ keys: list, csrf, customer }: AccountView): string => html`
  <section>
    <h2>API keys</h2>
    <p>API keys can read your account. A key is shown only once, when you create it; if you lose it, replace it.</p>
    !${
      list.length === 0
        ? ''
        : html`<ul>
            !${list.map((key) => keyLine(key, csrf))}
          </ul>`
    }
    !${
      customer.phase === 'ended'
        ? ''
        : html`<form method="post" action="/account/keys">
            !${csrfField(csrf)}!${field({ within: 'key', name: 'name', label: 'Name of a new key', maxlength: 60 })}
            <button class="secondary">Create an API key</button>
          </form>`
    }
  </section>
`;

export const password = ({ csrf, mayUsePassword }: AccountView): string => html`
  <section>
    <h2>Password</h2>
    !${
      mayUsePassword
        ? html`<details>
            <summary>Change my password</summary>
            <form method="post" action="/account/password">
              !${csrfField(csrf)}
              !${field({ name: 'old_password', label: 'Old password', type: 'password', required: true, autocomplete: 'current-password', maxlength: 200 })}
              !${field({ name: 'new_password', label: 'New password', type: 'password', required: true, autocomplete: 'new-password', maxlength: 200, hint: 'At least 8 characters, with an uppercase letter and a number' })}
              !${revokeKeysBox}
              <button>Change the password</button>
            </form>
            <p><small>You'll be signed out everywhere else.</small></p>
          </details>`
        : html`<p>You have no password yet. <a href="/forgot-password">Set one</a>.</p>`
    }
  </section>
`;

/** Also for a customer who has already cancelled and waits for the end. */
export const deletion = ({ csrf, mayUsePassword }: AccountView): string => html`
  <section>
    <h2>Delete</h2>
    <details>
      <summary>Delete my account and all data</summary>
      <form method="post" action="/account/delete">
        !${csrfField(csrf)}
        <p>No backup is kept, and this cannot be undone.</p>
        !${
          mayUsePassword
            ? field({
                within: 'delete',
                name: 'password',
                label: 'Password',
                type: 'password',
                required: true,
                autocomplete: 'current-password',
                maxlength: 200,
              })
            : field({
                within: 'delete',
                name: 'company_name',
                label: 'Your company name, to confirm',
                required: true,
                autocomplete: 'off',
                maxlength: 100,
              })
        }
        <button class="contrast">Delete everything</button>
      </form>
    </details>
  </section>
`;
