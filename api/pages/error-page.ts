import { html } from 'ghtml';
import type { ErrorBody } from '../errors.ts';

/** A whole page that tells one error. */
export const errorPage = (statusCode: number, { error, message }: ErrorBody): string =>
  html`<!doctype html><title>${error}</title>
    <h1>${error}</h1>
    <p>${message}</p>
    <p>${String(statusCode)}</p>`;
