import { html } from 'ghtml';
import type { ErrorBody } from '../../http/errors.ts';
import { LINK_EVERY_MINUTES } from '../../accounts/login-limits.ts';
import { csrfField, errorNotice, field } from './forms.ts';
import type { Page } from './layout.ts';

export const forgotPage = ({ csrf, error }: { readonly csrf: string; readonly error?: ErrorBody }): Page => ({
  title: 'Forgotten password',
  body: html`
    <h1>Set your password</h1>
    !${errorNotice(error)}
    <p>We'll email you a link to set your password. The link works once.</p>
    <form method="post" action="/forgot-password">
      !${csrfField(csrf)}
      !${field({ name: 'email', label: 'Email', type: 'email', required: true, autocomplete: 'username', maxlength: 254 })}
      <button>Email me a link</button>
    </form>
    <p><a href="/login">Back to sign-in</a></p>
  `,
});

/** The same for every address: it must not reveal who is a customer. */
export const linkOnItsWayPage: Page = {
  title: 'Check your inbox',
  body: html`
    <h1>Check your inbox</h1>
    <p role="status">
      If this address has an account, a link is on its way to it. The link works once and expires in one hour.
    </p>
    <p>
      Nothing after a few minutes? Check your spam folder and the address, and
      <a href="/forgot-password">request another link</a>. We send at most one email every ${String(LINK_EVERY_MINUTES)}
      minutes; only the newest link works.
    </p>
  `,
};

/** For customers who fear that somebody else had the old password. */
export const revokeKeysBox = html`<label
  ><input type="checkbox" name="revoke_keys" value="yes" /> Revoke all API keys too: programs that use one stop
  working</label
>`;

export const setPasswordPage = (view: {
  readonly csrf: string;
  readonly token: string;
  readonly error?: ErrorBody;
}): Page => ({
  title: 'Set your password',
  body: html`
    <h1>Set your password</h1>
    !${view.error?.problems.length === 0 ? errorNotice(view.error) : ''}
    <form method="post" action="/set-password/${view.token}" novalidate>
      !${csrfField(view.csrf)}
      !${field({ name: 'password', label: 'New password', type: 'password', required: true, autocomplete: 'new-password', maxlength: 200, hint: 'At least 8 characters, with an uppercase letter and a number', problems: view.error?.problems })}
      !${revokeKeysBox}
      <button>Set the password</button>
    </form>
    <p><small>This signs you out everywhere else.</small></p>
  `,
});

export const deadLinkPage: Page = {
  title: 'Link not valid',
  body: html`
    <h1>This link is no longer valid</h1>
    <p>
      Each link works only once and for a short time. If you set your password with it, <a href="/login">sign in</a>. If
      not, <a href="/forgot-password">request another link</a>.
    </p>
  `,
};
