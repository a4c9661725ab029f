import { html } from 'ghtml';
import { price } from '../money.ts';
import { STYLE } from './style.ts';

export interface CheckoutView {
  mode: 'setup' | 'subscription';
  items: { description: string; amount: number; currency: string; interval: string }[];
  due: { amount: number; currency: string } | undefined;
  trial: string | undefined;
  discount: string | undefined;
  /** Shown, not asked for, when the session knows it. */
  email: string | undefined;
  cancelUrl: string | undefined;
  error: string | undefined;
  /** The test card that waits for its 3-D-Secure answer. */
  authenticating: string | undefined;
}

const TEST_CARDS: readonly [string, string][] = [
  ['4242 4242 4242 4242', 'is accepted'],
  ['4000 0000 0000 0341', 'is kept, but later charges fail'],
  ['4000 0000 0000 0002', 'is declined'],
  ['4000 0000 0000 9995', 'has insufficient funds'],
  ['4000 0025 0000 3155', 'asks for 3-D Secure'],
];

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

const emailField = (email: string | undefined): string =>
  email
    ? html`<p>E-mail: <strong>${email}</strong></p>`
    : html`<label>E-mail<input type="email" name="email" autocomplete="email" required /></label>`;

function cardForm(view: CheckoutView): string {
  const cards = TEST_CARDS.map(([number, effect]) => html`<li><code>${number}</code> ${effect}</li>`);
  return html`<section aria-labelledby="card">
    <h1 id="card">Pay by card</h1>
    !${view.error ? html`<p class="error" role="alert">${view.error}</p>` : ''}
    <form method="post">
      !${emailField(view.email)}
      <label
        >Card number<input
          name="card"
          inputmode="numeric"
          autocomplete="off"
          placeholder="4242 4242 4242 4242"
          required
      /></label>
      <div class="pair">
        <label
          >Expiry (MM/YY)<input
            name="expiry"
            inputmode="numeric"
            autocomplete="off"
            placeholder="12/34"
            pattern="(0[1-9]|1[0-2]) ?/ ?[0-9]{2}"
            required
        /></label>
        <label
          >CVC<input name="cvc" inputmode="numeric" autocomplete="off" placeholder="123" pattern="[0-9]{3,4}" required
        /></label>
      </div>
      <label>Name on card<input name="name" autocomplete="off" required /></label>
      <button type="submit">${view.mode === 'setup' ? 'Save card' : 'Subscribe'}</button>
    </form>
    !${view.cancelUrl ? html`<p><a href="${view.cancelUrl}">Go back without paying</a></p>` : ''}
    <aside aria-label="Test cards">
      <p>Test cards, with any later date and any code:</p>
      <ul>
        !${cards.join('')}
      </ul>
    </aside>
  </section>`;
}

const authentication = ({ authenticating }: CheckoutView): string =>
  html`<section aria-labelledby="secure">
    <h1 id="secure">3-D Secure</h1>
    <p>Your bank wants to know whether it is you. This page stands in for the bank's.</p>
    <form method="post">
      <input type="hidden" name="card" value="${authenticating ?? ''}" />
      <button type="submit" name="authentication" value="passed">Complete authentication</button>
      <button type="submit" name="authentication" value="failed" class="quiet">Fail authentication</button>
    </form>
  </section>`;

export const checkoutPage = (view: CheckoutView): string =>
  layout('Checkout (local)', `${summary(view)}${view.authenticating ? authentication(view) : cardForm(view)}`);

export const closedPage = (message: string): string =>
  layout(
    'Checkout (local)',
    html`<section>
      <h1>This page is closed</h1>
      <p>${message}</p>
    </section>`,
  );
