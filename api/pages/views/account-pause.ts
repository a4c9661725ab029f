import { html } from 'ghtml';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import { mostMonthsOfPause } from '../../../workflows/domain/pause.ts';
import { priceAgreed } from '../../../workflows/domain/terms.ts';
import { clockOf, type AccountView } from './account-overview.ts';
import { buttonForm, csrfField, select } from './forms.ts';
import { counted, day, priceText } from './words.ts';

const thingOf = ({ customer: { terms } }: AccountView): string => (hasInstance(terms) ? 'instance' : 'account');

/** The pause that the customer has chosen. */
const chosen = ({ status }: AccountView): { readonly from: Date; readonly until: Date } | undefined => {
  const { byCustomerFrom: from, resumesAt } = status?.pause ?? {};
  return from && resumesAt ? { from: new Date(from), until: new Date(resumesAt) } : undefined;
};

/** A pause, and the way out of it. */
function paused(view: AccountView, { from, until }: { readonly from: Date; readonly until: Date }): string {
  const { csrf, customer, profile } = view;
  const price = priceAgreed(customer.terms, profile);
  const begun = from <= clockOf(view);
  const charged = price ? `${priceText(price)} is charged now, and then` : 'You are charged now, and then';
  return html`
    <section>
      <h2>Your pause</h2>
      <p>
        ${begun ? 'Your plan is paused' : `Your plan is paused from ${day(from)} on`}, until ${day(until)}: nothing is
        charged, and your ${thingOf(view)} is read-only.
        ${begun ? `If you end the pause, ${charged} your ${thingOf(view)} is back.` : 'Until then nothing changes.'}
      </p>
      !${buttonForm({ action: '/account/resume', csrf, label: begun ? 'End the pause' : 'Do not pause' })}
    </section>
  `;
}

/** The pause that there is. */
export function ownPause(view: AccountView): string {
  const pause = chosen(view);
  return pause ? paused(view, pause) : '';
}

/** The way to a pause; nothing where the plan cannot be paused, or something else comes first. */
export function pausing(view: AccountView, leaving: boolean): string {
  const { customer, csrf, status } = view;
  const most = mostMonthsOfPause(customer.terms);
  const pays = customer.phase === 'subscription' && customer.subscriptionStatus === 'active';
  if (!pays || leaving || status?.pause || customer.terms.planAhead || most === 0) return '';
  const choices = Array.from({ length: most }, (_, index) => String(index + 1));
  return html`
    <section>
      <h2>Pause plan</h2>
      <details>
        <summary>Pause my plan</summary>
        <form method="post" action="/account/pause">
          !${csrfField(csrf)}
          !${select(
            { name: 'months', label: 'For' },
            choices.map((value) => ({ value, label: counted(Number(value), 'month') })),
          )}
          <button class="secondary">Pause my plan</button>
        </form>
        <p>
          <small
            >It begins where what you have paid for ends. Nothing is charged, your ${thingOf(view)} is read-only, and
            your data is kept.</small
          >
        </p>
      </details>
    </section>
  `;
}
