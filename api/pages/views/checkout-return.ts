import { html } from 'ghtml';
import type { Brand } from '../../../workflows/domain/profiles/brand.ts';
import type { Page } from './layout.ts';

interface Notice {
  readonly title: string;
  readonly text: string;
}

const GIVEN: Notice = {
  title: 'Thank you',
  text: 'Stripe has your payment method. It will appear in your account within seconds.',
};
/** Stripe may not have told us yet, and anybody can make up an address. */
const UNKNOWN: Notice = {
  title: 'Back from Stripe',
  text: 'Stripe has not told us of your payment method yet. If you gave it, it will appear in your account within seconds; if not, nothing has changed.',
};

/** The page after a Checkout of a customer who signs in here. */
export function upgradeDonePage(csrf: string, isComplete: boolean): Page {
  const { title, text } = isComplete ? GIVEN : UNKNOWN;
  return {
    title,
    ...(!isComplete && { reloadSeconds: 2 }),
    visitor: 'customer',
    csrf,
    body: html`
      <h1>${title}</h1>
      <p role="status">${text}</p>
      <p><a role="button" href="/account">Back to your account</a></p>
    `,
  };
}

/** The page after a Checkout of a customer who signs in elsewhere. */
export function paidElsewherePage({ name }: Brand, isComplete: boolean): Page {
  const title = isComplete ? 'Thank you' : `Continue in the ${name} app`;
  const text = isComplete
    ? `Your Checkout is complete. Continue in the ${name} app.`
    : 'Stripe has not told us of a payment yet. If you have paid, you have what you paid for within seconds; if not, nothing was charged.';
  return {
    title,
    ...(!isComplete && { reloadSeconds: 2 }),
    body: html`<h1>${title}</h1>
      <p role="status">${text}</p>`,
  };
}
