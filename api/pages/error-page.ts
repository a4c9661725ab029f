import { html } from 'ghtml';
import type { ErrorBody } from '../http/errors.ts';
import type { Page, Visitor } from './views/layout.ts';

const WAYS_ON: Readonly<Record<Visitor, string>> = {
  anybody: '<a href="/">Start page</a>',
  customer: '<a href="/account">Your account</a>',
  staff: '<a href="/console">Customers</a>',
};

/** A whole page that shows one error and where to go next. */
export const errorPage = (statusCode: number, { error, message }: ErrorBody, visitor: Visitor = 'anybody'): Page => ({
  title: error,
  visitor,
  body: html`
    <h1>${error}</h1>
    <p role="alert">${message}</p>
    <p>!${WAYS_ON[visitor]}!${statusCode === 401 ? ' · <a href="/login">Sign in</a>' : ''}</p>
  `,
});
