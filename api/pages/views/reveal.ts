import { html } from 'ghtml';
import type { Profile } from '../../../workflows/domain/profiles/index.ts';
import { buttonForm } from './forms.ts';
import type { Page } from './layout.ts';

export const revealPage = (csrf: string, action: string): Page => ({
  title: 'Your API key',
  body: html`
    <h1>Your API key</h1>
    <p>
      The key is created when you press the button, and is shown only once. We keep only a hash of it, so have a safe
      place ready.
    </p>
    !${buttonForm({ action, csrf, label: 'Create and show my API key' })}
  `,
});

/** Where identities are elsewhere there is no account page. */
export const revealedPage = (key: string, { identity }: Profile): Page => ({
  title: 'Your API key',
  body: html`
    <h1>Your API key</h1>
    <label for="key">Copy it now</label>
    <textarea id="key" class="key" rows="2" readonly autocomplete="off" spellcheck="false">${key}</textarea>
    <p>
      It will not be shown again. It can read your account, for example <code>GET /me/entitlements</code> with the
      header <code>Authorization: Bearer &lt;key&gt;</code>.
    </p>
    !${identity === 'external' ? '' : html`<p><a href="/account">Your account</a></p>`}
  `,
});

const WHAT_TO_DO = {
  here: html`Your <a href="/account">account page</a> lists your API keys: revoke any that you did not create yourself,
    and create a new one there.`,
  elsewhere: 'If you did not use it yourself, contact support: they revoke the key and send you another link.',
};

export const spentPage = ({ identity }: Profile): Page => ({
  title: 'Link not valid',
  body: html`
    <h1>This link is no longer valid</h1>
    <p>The link works once and expires in seven days. !${WHAT_TO_DO[identity === 'external' ? 'elsewhere' : 'here']}</p>
  `,
});
