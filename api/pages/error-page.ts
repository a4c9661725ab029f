import { html } from 'ghtml';
import type { ErrorBody } from '../errors.ts';
import { layout } from './views/layout.ts';

/** A whole page that tells one error and a way on. */
export const errorPage = (statusCode: number, { error, message }: ErrorBody): string =>
  layout({
    title: error,
    body: html`
      <h1>${error}</h1>
      <p role="alert">${message}</p>
      <p><a href="/">Start page</a>!${statusCode === 401 ? ' · <a href="/login">Sign in</a>' : ''}</p>
    `,
  });
