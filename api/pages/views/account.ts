import { html } from 'ghtml';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import { hasPeriod, type Phase } from '../../../workflows/domain/lifecycle.ts';
import { cyclesOf, isFree, type Price, type Profile } from '../../../workflows/domain/profiles/index.ts';
import { firstCharge, priceAgreed, priceToSubscribe, type Terms } from '../../../workflows/domain/terms.ts';
import { deletion, keys, password } from './account-access.ts';
import { clockOf, hasLapsed, isLiving, overview, owes, upgradeDeclined, type AccountView } from './account-overview.ts';
import { buttonForm, csrfField, errorNotice, field, notice, select, type Choice } from './forms.ts';
import type { Page } from './layout.ts';
import { planChoices } from './plan-choice.ts';
import { cell, section } from './tables.ts';
import { day, FIRST, money, priceText } from './words.ts';

/** Only the workflow knows; Postgres has no copy. */
const leavesAtEnd = ({ status }: AccountView): boolean => status?.leavesAtEnd ?? false;

const PAY = { at_trial_end: 'Pay when the trial ends', now: 'Pay now' } as const;

/** What their first payment is. */
const chargeAt = ({ terms, createdAt }: AccountView['customer'], price: Price, at: Date): string =>
  money(firstCharge(terms, price, { at, since: createdAt }), price.currency);

/** What is charged and when, shown before going to Stripe: its page only takes the card. */
function chargeText(view: AccountView, mayWait: boolean): string {
  const { customer, profile } = view;
  const price = priceAgreed(customer.terms, profile);
  if (price === undefined) return '';
  const now = `If you pay now, ${chargeAt(customer, price, clockOf(view))} is charged immediately for the first ${FIRST[price.cycle]}.`;
  return mayWait && customer.trialEndsAt !== null
    ? `${now} Otherwise ${chargeAt(customer, price, customer.trialEndsAt)} is charged when the trial ends, on ${day(customer.trialEndsAt)}.`
    : now;
}

const DECLINED = html`<div class="notice bad" role="status">
  <strong>Your last payment was declined.</strong>
  <p>Nothing was charged. Please pay with another card.</p>
</div>`;

type ChargeWhen = keyof typeof PAY;

const payButton = (csrf: string, charge: ChargeWhen, label: string, look: '' | 'secondary'): string =>
  buttonForm({
    ...{ action: '/account/upgrade', csrf, label, look },
    inputs: html`<input type="hidden" name="charge" value="${charge}" />`,
  });

/** A card is saved: what it will be charged, and when. */
function cardSaved({ csrf, customer, profile }: AccountView, trialEndsAt: Date): string {
  const price = priceAgreed(customer.terms, profile);
  const charged = price === undefined ? 'It is charged' : `${chargeAt(customer, price, trialEndsAt)} is charged to it`;
  return html`
    <section>
      <h2>Your payment</h2>
      <p>Your card is saved. ${charged} when the trial ends, on ${day(trialEndsAt)}.</p>
      <div class="actions">
        !${payButton(csrf, 'at_trial_end', 'Use another card', 'secondary')}
        !${payButton(csrf, 'now', PAY.now, 'secondary')}
      </div>
    </section>
  `;
}

/** After the trial's end, paying now is the only choice. */
function upgrade(view: AccountView): string {
  const { csrf, customer, status } = view;
  if (status?.paysAtEnd === true && customer.trialEndsAt !== null) return cardSaved(view, customer.trialEndsAt);
  const charges = customer.standing === 'active' ? (['at_trial_end', 'now'] as const) : (['now'] as const);
  const buttons = charges.map((charge, index) => payButton(csrf, charge, PAY[charge], index === 0 ? '' : 'secondary'));
  return html`
    <section>
      <h2>Upgrade</h2>
      !${upgradeDeclined(view) ? DECLINED : ''}
      <p>Add a card through Stripe. You keep everything you have. We never see your card.</p>
      <p>${chargeText(view, charges.length > 1)}</p>
      <div class="actions">!${buttons}</div>
    </section>
  `;
}

/** Each in the currency in which they would pay for it. */
const choices = (terms: Terms, profile: Profile): readonly Choice[] =>
  planChoices(
    profile,
    profile.plans.filter((plan) => !isFree(plan)),
    (plan) => priceToSubscribe(terms, profile, plan)?.currency,
  );

const chargedAtOnce = (profile: Profile): string =>
  `You pay through Stripe, and ${cyclesOf(profile).length > 1 ? 'the price you choose' : 'the first month'} is charged immediately. We never see your card.`;

/** A customer on the free plan chooses what to pay for. */
const subscribe = ({ csrf, profile, customer }: AccountView): string => html`
  <section>
    <h2>Upgrade</h2>
    <p>${chargedAtOnce(profile)}</p>
    <form method="post" action="/account/upgrade">
      !${csrfField(csrf)}!${select({ name: 'plan', label: 'Plan' }, choices(customer.terms, profile))}
      <button>Continue to payment</button>
    </form>
  </section>
`;

const RETRIED =
  'Stripe will try your card again over the next few days. You can also pay now with another card: the amount due is charged to it immediately.';
const NOT_RETRIED = 'Pay now with another card: the amount due is charged to it immediately, and everything is back.';

const payNow = ({ csrf, customer }: AccountView): string => html`
  <section>
    <h2>Your payment failed</h2>
    <p>${customer.standing === 'active' ? RETRIED : NOT_RETRIED}</p>
    <div class="actions">!${payButton(csrf, 'now', 'Pay with another card', '')}</div>
  </section>
`;

/** The subscription has ended, and nobody ordered that here. */
function subscribeAgain({ csrf, customer, profile }: AccountView): string {
  const price = priceAgreed(customer.terms, profile);
  const charged = price === undefined ? 'It is charged' : `${priceText(price)} is charged`;
  return html`
    <section>
      <h2>Your subscription has ended</h2>
      <p>
        Nothing has been deleted. Subscribe again, and everything is back immediately. ${charged} through Stripe, from
        now on. We never see your card.
      </p>
      <div class="actions">!${payButton(csrf, 'now', 'Subscribe again', '')}</div>
    </section>
  `;
}

const WITHOUT_PERIOD: Readonly<Partial<Record<Phase, string>>> = {
  onboarding:
    'Your account is still being set up. Cancelling stops the setup now, removes what has been set up and closes the account.',
  free: 'Your plan is free. Cancelling closes the account now and deletes everything in it.',
  subscription: 'Your subscription has ended. Cancelling closes the account now and deletes everything in it.',
  trial: 'Your trial is over. Cancelling closes the account now and deletes everything in it.',
};

/** With a free plan the end of what is paid is not the end of the account. */
function whenToLeave({ phase, terms: { freePlan } }: AccountView['customer']) {
  const atEnd = phase === 'trial' ? 'When the trial ends' : 'At the end of the billing period';
  return [
    { value: 'period_end', label: freePlan ? `${atEnd}, and move to the free plan` : atEnd },
    { value: 'now', label: freePlan ? 'Now, and close my account' : 'Now' },
  ];
}

/**
 * The form carries the phase for which it was made: a page that was kept open must not end a phase that has begun
 * since.
 */
const leaveChoice = (customer: AccountView['customer']): string => html`
  <input type="hidden" name="phase" value="${customer.phase}" />
  !${
    hasPeriod(customer)
      ? select({ name: 'when', label: 'When', chosen: 'period_end' }, whenToLeave(customer))
      : html`<input type="hidden" name="when" value="now" />
          <p>${WITHOUT_PERIOD[customer.phase] ?? ''}</p>`
  }
`;

const whatIsKept = ({ phase, terms }: AccountView['customer']): string =>
  phase === 'onboarding' || !hasInstance(terms)
    ? ''
    : html`<p><small>A backup of your data is kept for ${String(terms.retentionDays)} days.</small></p>`;

const leave = ({ csrf, customer }: AccountView): string => html`
  <section>
    <h2>Cancel plan</h2>
    <details>
      <summary>Cancel my plan</summary>
      <form method="post" action="/account/cancel">
        !${csrfField(csrf)} !${leaveChoice(customer)}
        !${field({ name: 'reason', label: 'Why are you leaving?', maxlength: 500 })}
        <button class="secondary">Cancel my plan</button>
      </form>
      !${whatIsKept(customer)}
    </details>
  </section>
`;

const lastDay = ({ customer, entitlements }: AccountView): Date | null =>
  customer.phase === 'trial' ? customer.trialEndsAt : (entitlements?.currentPeriodEnd ?? null);

const undo = (view: AccountView): string => html`
  <div class="notice" role="status">
    <strong>Your plan ends on ${day(lastDay(view))}.</strong>
    <p>Nothing changes until then.${view.customer.terms.freePlan ? ' After that you move to the free plan.' : ''}</p>
    !${buttonForm({ action: '/account/undo-cancellation', csrf: view.csrf, label: 'Keep my plan' })}
  </div>
`;

/** Stripe writes an invoice of zero for a trial; showing it would only confuse. */
const invoices = (view: AccountView): string =>
  section(
    'Invoices',
    ['Date', 'Amount', 'Status'],
    view.invoices
      .filter(({ amountDue }) => amountDue > 0)
      .map(({ invoiceCreatedAt, amountDue, amountRefunded, currency, status }) => [
        cell(day(invoiceCreatedAt)),
        cell(money(amountDue, currency)),
        cell(amountRefunded > 0 ? `${status}, ${money(amountRefunded, currency)} refunded` : status),
      ]),
  );

/** How to pay, while there is something to pay for. */
function paying(view: AccountView, leaving: boolean): string {
  if (leaving) return '';
  if (owes(view)) return payNow(view);
  if (hasLapsed(view)) return subscribeAgain(view);
  const { phase } = view.customer;
  return phase === 'trial' ? upgrade(view) : phase === 'free' ? subscribe(view) : '';
}

export function accountPage(view: AccountView): Page {
  const { customer, csrf, done, error } = view;
  const leaving = leavesAtEnd(view);
  const living = isLiving(view);
  return {
    title: 'Account',
    visitor: 'customer',
    csrf,
    body: html`
      <h1>${customer.companyName ?? 'Your account'}</h1>
      !${notice(done)}!${errorNotice(error)}!${overview(view)}!${leaving ? undo(view) : ''}
      !${living ? paying(view, leaving) : ''}!${invoices(view)}!${living ? keys(view) : ''}!${password(view)}!${living && !leaving ? leave(view) : ''}!${customer.phase === 'ended' ? '' : deletion(view)}
    `,
  };
}

const UPGRADE_DONE = {
  title: 'Thank you',
  text: 'Stripe has your payment method. It will appear in your account within seconds.',
};
/** Stripe may not have told us yet, and anybody can make up an address. */
const UPGRADE_UNKNOWN = {
  title: 'Back from Stripe',
  text: 'Stripe has not told us of your payment method yet. If you gave it, it will appear in your account within seconds; if not, nothing has changed.',
};

export function upgradeDonePage(csrf: string, isComplete: boolean): Page {
  const { title, text } = isComplete ? UPGRADE_DONE : UPGRADE_UNKNOWN;
  return {
    title,
    ...(!isComplete && { reloadSeconds: 5 }),
    visitor: 'customer',
    csrf,
    body: html`
      <h1>${title}</h1>
      <p role="status">${text}</p>
      <p><a role="button" href="/account">Back to your account</a></p>
    `,
  };
}

export const deletedPage: Page = {
  title: 'Account deleted',
  body: html`<h1>Your account is being deleted</h1>
    <p role="status">We are deleting all your data. You will get a final email when it is done.</p>`,
};
