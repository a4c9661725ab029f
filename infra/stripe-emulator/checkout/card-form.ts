import { html } from 'ghtml';

const TEST_CARDS: readonly [string, string][] = [
  ['4242 4242 4242 4242', 'is accepted'],
  ['4000 0000 0000 0341', 'is kept, but later charges fail'],
  ['4000 0000 0000 0002', 'is declined'],
  ['4000 0000 0000 9995', 'has insufficient funds'],
  ['4000 0000 0000 0259', 'is accepted, and the payment then disputed'],
  ['4000 0025 0000 3155', 'asks for 3-D Secure once'],
  ['4000 0027 6000 3184', 'asks for 3-D Secure at each payment'],
];

export interface CardFormView {
  /** Shown, not asked for, when it is known; null where nobody needs it. */
  email: string | null | undefined;
  cancelUrl: string | undefined;
  error: string | undefined;
  button: string;
  /** What was typed, while its card waits for the 3-D-Secure answer. */
  authenticating: URLSearchParams | undefined;
}

const emailField = (email: CardFormView['email']): string =>
  email
    ? html`<p>E-mail: <strong>${email}</strong></p>`
    : email === null
      ? ''
      : html`<label>E-mail<input type="email" name="email" autocomplete="email" required /></label>`;

const fields = (): string =>
  html`<label
      >Card number<input name="card" inputmode="numeric" autocomplete="off" placeholder="4242 4242 4242 4242" required
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
    <label>Name on card<input name="name" autocomplete="off" required /></label>`;

function form({ email, cancelUrl, error, button }: CardFormView): string {
  const cards = TEST_CARDS.map(([number, effect]) => html`<li><code>${number}</code> ${effect}</li>`);
  return html`<section aria-labelledby="card">
    <h1 id="card">Pay by card</h1>
    !${error ? html`<p class="error" role="alert">${error}</p>` : ''}
    <form method="post">
      !${emailField(email)} !${fields()}
      <button type="submit">${button}</button>
    </form>
    !${cancelUrl ? html`<p><a href="${cancelUrl}">Go back without paying</a></p>` : ''}
    <aside aria-label="Test cards">
      <p>Test cards, with any later date and any code:</p>
      <ul>
        !${cards.join('')}
      </ul>
    </aside>
  </section>`;
}

const CARRIED = ['card', 'expiry', 'name', 'email'] as const;

function authentication(typed: URLSearchParams): string {
  const carried = CARRIED.map((name) => [name, typed.get(name)] as const)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value ?? ''}" />`);
  return html`<section aria-labelledby="secure">
    <h1 id="secure">3-D Secure</h1>
    <p>Your bank wants to know whether it is you. This page stands in for the bank's.</p>
    <form method="post">
      !${carried.join('')}
      <button type="submit" name="authentication" value="passed">Complete authentication</button>
      <button type="submit" name="authentication" value="failed" class="quiet">Fail authentication</button>
    </form>
  </section>`;
}

/** Asks for a card, or for its holder's answer to the bank. */
export const cardForm = (view: CardFormView): string =>
  view.authenticating ? authentication(view.authenticating) : form(view);
