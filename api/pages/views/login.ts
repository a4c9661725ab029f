import { html } from 'ghtml';
import { HOW_TO_START } from '../../../infra/program-file.ts';
import type { Brand } from '../../../workflows/domain/profiles/brand.ts';
import type { ErrorBody } from '../../http/errors.ts';
import { csrfField, errorNotice, field } from './forms.ts';
import type { Page } from './layout.ts';

/** Where to go after it. */
const goOn = (next: string | undefined): string =>
  next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`;

export const loginPage = (view: {
  readonly csrf: string;
  readonly email?: string;
  readonly next?: string | undefined;
  readonly error?: ErrorBody;
}): Page => ({
  title: 'Sign in',
  body: html`
    <h1>Sign in</h1>
    !${errorNotice(view.error)}
    <form method="post" action="/login">
      !${csrfField(view.csrf)}!${goOn(view.next)}
      !${field({ name: 'email', label: 'Email', type: 'email', value: view.email, required: true, autocomplete: 'username', maxlength: 254 })}
      !${field({ name: 'password', label: 'Password', type: 'password', required: true, autocomplete: 'current-password', maxlength: 200 })}
      <button>Sign in</button>
    </form>
    <p>
      <small><a href="/forgot-password">Forgot your password?</a> No account yet? <a href="/">Sign up</a>.</small>
    </p>
  `,
});

/** For a product whose customers have their identities elsewhere. */
export const elsewherePage = ({ name }: Brand): Page => ({
  title: `Continue in the ${name} app`,
  body: html`<h1>Continue in the ${name} app</h1>
    <p>You sign up, sign in and manage your subscription there.</p>`,
});

/**
 * A page instead of a redirect: browsers apply `form-action` to redirects after a form, and an instance is another
 * origin.
 */
export const goOnPage = (path: string): Page => ({
  title: 'Signed in',
  goesOnTo: path,
  body: html`<h1>You are signed in</h1>
    <p><a href="${path}">Continue</a></p>`,
});

export const staffLoginPage = (view: {
  readonly csrf: string;
  readonly name?: string;
  readonly next?: string | undefined;
  readonly error?: ErrorBody;
}): Page => ({
  title: 'Staff sign-in',
  visitor: 'staff',
  signsIn: true,
  body: html`
    <h1>Support console</h1>
    !${errorNotice(view.error)}
    <form method="post" action="/console/login">
      !${csrfField(view.csrf)}!${goOn(view.next)}
      !${field({ name: 'name', label: 'Your name', value: view.name, required: true, autocomplete: 'name', hint: 'For the audit trail', maxlength: 60 })}
      !${field({ name: 'token', label: 'Staff token', type: 'password', required: true, autocomplete: 'off', hint: `Printed by ${HOW_TO_START}, and in run.json`, maxlength: 200 })}
      <button>Sign in</button>
    </form>
  `,
});
