import { html } from 'ghtml';
import { price } from '../money.ts';
import { cardForm, type CardFormView } from './card-form.ts';
import { STYLE } from './style.ts';

export interface CheckoutView extends CardFormView {
  mode: 'setup' | 'subscription';
  items: { description: string; amount: number; currency: string; interval: string }[];
  due: { amount: number; currency: string } | undefined;
  trial: string | undefined;
  discount: string | undefined;
}

export const layout = (title: string, body: string): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          !${STYLE}
        </style>
      </head>
      <body>
        <header role="note">
          <strong>Local stand-in for Stripe Checkout.</strong> Nothing is charged. Never type a real card number here.
        </header>
        <main>!${body}</main>
      </body>
    </html>`;

function summary({ mode, items, due, trial, discount }: CheckoutView): string {
  const rows = items.map(
    (item) =>
      html`<tr>
        <td>${item.description}</td>
        <td>${price(item.amount, item.currency)} / ${item.interval}</td>
      </tr>`,
  );
  return html`<section aria-labelledby="what">
    <h1 id="what">${mode === 'setup' ? 'Save a card for later payments' : 'Subscribe'}</h1>
    !${
      rows.length > 0
        ? html`<table>
            <tbody>
              !${rows.join('')}
            </tbody>
          </table>`
        : ''
    }
    !${discount ? html`<p>${discount}</p>` : ''} !${trial ? html`<p>${trial}</p>` : ''}
    !${due ? html`<p><strong>Due now: ${price(due.amount, due.currency)}</strong></p>` : ''}
    !${mode === 'setup' ? html`<p>The card is saved for later payments. When it is charged is up to whoever sent you here.</p>` : ''}
  </section>`;
}

export const checkoutPage = (view: CheckoutView): string =>
  layout('Checkout (local)', `${summary(view)}${cardForm(view)}`);

export const closedPage = (message: string): string =>
  layout(
    'Checkout (local)',
    html`<section>
      <h1>This page is closed</h1>
      <p>${message}</p>
    </section>`,
  );
