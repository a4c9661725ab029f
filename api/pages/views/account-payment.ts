import { html } from 'ghtml';
import { isMissingInStripe } from '../../../workflows/domain/billing-state.ts';
import { cyclesOf, isFree, type Price, type Profile } from '../../../workflows/domain/profiles/index.ts';
import type { Phase } from '../../../workflows/domain/lifecycle.ts';
import { firstCharge, priceAgreed, priceToSubscribe, type Terms } from '../../../workflows/domain/terms.ts';
import { clockOf, hasLapsed, owes, upgradeDeclined, type AccountView } from './account-overview.ts';
import { buttonForm, csrfField, select, type Choice } from './forms.ts';
import { planChoices } from './plan-choice.ts';
import { day, FIRST, money, priceText } from './words.ts';

const PAY = { at_trial_end: 'Pay when the trial ends', now: 'Pay now' } as const;

/** What their first payment is. */
function chargeAt({ customer: { terms, createdAt }, status }: AccountView, price: Price, at: Date): string {
  const next = status?.nextCharge;
  return next
    ? money(next.due, next.currency)
    : money(firstCharge(terms, price, { at, since: createdAt }), price.currency);
}

/** What is charged and when, shown before going to Stripe: its page only takes the card. */
function chargeText(view: AccountView, mayWait: boolean): string {
  const { customer, profile } = view;
  const price = priceAgreed(customer.terms, profile);
  if (price === undefined) return '';
  const now = `If you pay now, ${chargeAt(view, price, clockOf(view))} is charged immediately for the first ${FIRST[price.cycle]}.`;
  return mayWait && customer.trialEndsAt !== null
    ? `${now} Otherwise ${chargeAt(view, price, customer.trialEndsAt)} is charged when the trial ends, on ${day(customer.trialEndsAt)}.`
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
function cardSaved(view: AccountView, trialEndsAt: Date): string {
  const { csrf, customer, profile } = view;
  const price = priceAgreed(customer.terms, profile);
  const charged = price === undefined ? 'It is charged' : `${chargeAt(view, price, trialEndsAt)} is charged to it`;
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

const NO_CARD = {
  invoice: 'you are sent an invoice, which says by when it is to be paid. You need no card',
  nothing_due: 'nothing is to be paid, and everything goes on. You need no card',
} as const;

/** Somebody has arranged in Stripe that no card is needed. */
const noCard = (why: keyof typeof NO_CARD, trialEndsAt: Date | null): string => html`
  <section>
    <h2>Your payment</h2>
    <p>When the trial ends, on ${day(trialEndsAt)}, ${NO_CARD[why]}.</p>
  </section>
`;

/** After the trial's end, paying now is the only choice. */
function upgrade(view: AccountView): string {
  const { csrf, customer, status } = view;
  if (status?.paysAtEnd === true && customer.trialEndsAt !== null) return cardSaved(view, customer.trialEndsAt);
  if (status?.withoutCard) return noCard(status.withoutCard, customer.trialEndsAt);
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

/** All open invoices, in words; each is charged by itself. */
function amountDue({ invoices }: AccountView): string {
  const open = invoices.filter(({ status, amountDue: due }) => status === 'open' && due > 0);
  const [first] = open;
  if (first === undefined) return '';
  const sum = open.reduce((cents, { amountDue: due }) => cents + due, 0);
  return `Due: ${money(sum, first.currency)}${open.length > 1 ? `, of ${String(open.length)} invoices` : ''}. `;
}

/** What was drafted while nothing could be charged: of what has passed without access nothing will be. */
function chargedWithIt({ invoices, customer: { subscriptionStatus: status } }: AccountView): string {
  const draft = invoices.find((one) => one.status === 'draft' && one.amountDue > 0);
  return status === 'unpaid' && draft !== undefined
    ? ` With it, ${money(draft.amountDue, draft.currency)} for the period that has begun since is charged; a period that passed while you were suspended is not.`
    : '';
}

const payNow = (view: AccountView): string => html`
  <section>
    <h2>Your payment failed</h2>
    <p>${amountDue(view)}${view.customer.standing === 'active' ? RETRIED : NOT_RETRIED}${chargedWithIt(view)}</p>
    <p><small>If your bank wants you to confirm the payment, open the invoice below.</small></p>
    <div class="actions">!${payButton(view.csrf, 'now', 'Pay with another card', '')}</div>
  </section>
`;

/** Stripe has no subscription of them, and they did not end it. */
const billAnew = ({ csrf, customer, profile }: AccountView): string => {
  const price = priceAgreed(customer.terms, profile);
  return html`
    <section>
      <h2>We cannot find your subscription</h2>
      <p>
        Stripe, which charges you for us, does not know your subscription any more. You keep everything you have, and
        our support is looking into it. If they ask you to, pay anew here:
        ${price === undefined ? 'your plan' : priceText(price)} is charged immediately and from then on.
      </p>
      <div class="actions">!${payButton(csrf, 'now', 'Pay anew', 'secondary')}</div>
    </section>
  `;
};

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

/** Whoever pays may do so with another card from now on. */
const anotherCard = ({ csrf, customer: { subscriptionStatus } }: AccountView): string =>
  subscriptionStatus !== 'active'
    ? ''
    : html`
        <section>
          <h2>Your card</h2>
          <p>
            Give another card through Stripe before yours expires. Nothing is charged for that. We never see your card.
          </p>
          <div class="actions">!${payButton(csrf, 'at_trial_end', 'Use another card', 'secondary')}</div>
        </section>
      `;

const IN_PHASE: Readonly<Partial<Record<Phase, (view: AccountView) => string>>> = {
  trial: upgrade,
  free: subscribe,
  subscription: anotherCard,
};

/** How to pay, while there is something to pay for. */
export function paying(view: AccountView, leaving: boolean): string {
  if (owes(view)) return payNow(view);
  if (leaving) return '';
  if (isMissingInStripe(view.customer)) return billAnew(view);
  if (hasLapsed(view)) return subscribeAgain(view);
  return IN_PHASE[view.customer.phase]?.(view) ?? '';
}
