import { html } from 'ghtml';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import { isWithinReach } from '../../../workflows/domain/plan-change.ts';
import { isFree, planName, type Plan, type Price, type Profile } from '../../../workflows/domain/profiles/index.ts';
import { ofPlan, priceAgreed, priceSold, type SoldPlan } from '../../../workflows/domain/terms.ts';
import { contentsOf } from '../../../infra/customers/plan-contents.ts';
import type { Customer } from '../../../infra/db/repositories/customers.ts';
import type { PlannedChange } from '../../support/plan-change.ts';
import { owes, hasLapsed, type AccountView } from './account-overview.ts';
import { buttonForm, csrfField, select, type Choice } from './forms.ts';
import type { Page } from './layout.ts';
import { choiceValue, planChoices } from './plan-choice.ts';
import { counted, day, facts, money, priceText } from './words.ts';

/** What they have, as a choice. */
function held({ customer: { terms, plan }, profile }: AccountView): string {
  return choiceValue(plan, priceAgreed(terms, profile)?.cycle);
}

/** What else is sold in the currency in which they pay, and can be chosen now. */
function others(view: AccountView): readonly Choice[] {
  const { customer, profile } = view;
  const currency = priceAgreed(customer.terms, profile)?.currency;
  const sold = profile.plans.filter((plan) => !isFree(plan));
  const isOffered = (plan: Plan, price: Price): boolean =>
    customer.phase === 'trial' || isWithinReach(customer.terms, ofPlan(plan, price));
  return planChoices(profile, sold, () => currency, { isOffered }).filter(({ value }) => value !== held(view));
}

const mayChange = ({ status, customer: { phase, standing, subscriptionStatus } }: AccountView): boolean =>
  standing === 'active' &&
  !status?.pause &&
  ((phase === 'trial' && subscriptionStatus === 'trialing') ||
    (phase === 'subscription' && subscriptionStatus === 'active'));

const nameOf = (profile: Profile, { plan }: Pick<SoldPlan, 'plan'>): string => planName(profile, plan);

/** A plan that begins later, with the way to stay. */
function ahead(view: AccountView): string {
  const { customer, profile, csrf } = view;
  const { planAhead } = customer.terms;
  if (!planAhead) return '';
  const price = priceSold(planAhead.plan);
  const name = nameOf(profile, customer.terms);
  return html`
    <section>
      <h2>Your next plan</h2>
      <p>
        You move to ${nameOf(profile, planAhead.plan)}${price ? `, ${priceText(price)},` : ''} on
        ${day(new Date(planAhead.from))}. Until then you have all of ${name}.
      </p>
      !${buttonForm({
        ...{ action: '/account/plan', csrf, label: `Stay on ${name}`, look: 'secondary' },
        inputs: html`<input type="hidden" name="plan" value="${held(view)}" />`,
      })}
    </section>
  `;
}

/** The way to another plan; nothing where there is none, or where something else has to be done first. */
export function changingPlan(view: AccountView, leaving: boolean): string {
  const choices = others(view);
  if (view.customer.terms.planAhead) return ahead(view);
  if (leaving || owes(view) || hasLapsed(view) || !mayChange(view) || choices.length === 0) return '';
  return html`
    <section>
      <h2>Change plan</h2>
      <form method="get" action="/account/plan">
        !${select({ name: 'plan', label: 'Plan', within: 'change' }, choices)}
        <button class="secondary">See what it costs</button>
      </form>
    </section>
  `;
}

const LIST = new Intl.ListFormat('en', { type: 'conjunction' });

const limitsOf = (limits: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(limits).map(([name, most]) => `${name}: ${most.toLocaleString('en-US')}`);

/** What a plan includes. */
function includes(customer: Customer, sold: SoldPlan): string {
  const { features, limits } = contentsOf({ ...customer.terms, features: undefined, limits: undefined, ...sold });
  const devices = hasInstance(customer.terms) && sold.maxDevices > 0 ? [counted(sold.maxDevices, 'device')] : [];
  const all = [...devices, ...features, ...limitsOf(limits)];
  return all.length === 0 ? '–' : LIST.format(all);
}

interface ChangeView {
  readonly change: PlannedChange;
  readonly choice: string;
  readonly csrf: string;
  readonly profile: Profile;
}

/** When it begins, and what is charged then. */
function whenText({ change: { customer, when, next } }: ChangeView): string {
  if (when === 'period_end') return `on ${day(new Date(next.at))}, where what you have paid for ends`;
  const thing = hasInstance(customer.terms) ? ', and your instance has it within a minute' : '';
  return `at once${thing}`;
}

const dueText = ({ change: { dueNow, currency, when, customer } }: ChangeView): string => {
  if (dueNow > 0) return `${money(dueNow, currency)}, for the time until your next payment`;
  return when === 'now' && customer.phase === 'trial' ? 'nothing: your trial goes on' : 'nothing';
};

/** What another plan means, before it is ordered. */
export function planChangePage(view: ChangeView): Page {
  const { change, choice, csrf, profile } = view;
  const { customer, wanted, next, currency } = change;
  const [from, to] = [nameOf(profile, customer.terms), nameOf(profile, wanted.to)];
  const before = priceAgreed(customer.terms, profile);
  const title = from === to ? 'Change how you pay' : `Change to ${to}`;
  return {
    ...{ title, visitor: 'customer', csrf },
    body: html`
      <h1>${title}</h1>
      !${facts([
        { name: 'Now', text: before ? `${from}, ${priceText(before)}` : from },
        { name: 'Then', text: `${to}, ${priceText(wanted.price)}` },
        { name: 'Begins', text: whenText(view) },
        { name: 'Charged now', text: dueText(view) },
        {
          name: customer.phase === 'trial' ? 'First payment' : 'Next payment',
          text: `${money(next.cents, currency)} on ${day(new Date(next.at))}`,
        },
        { name: `${from} includes`, text: includes(customer, customer.terms) },
        ...(from === to ? [] : [{ name: `${to} includes`, text: includes(customer, wanted.to) }]),
      ])}
      !${change.dueNow > 0 ? '<p>If the charge is declined, nothing changes.</p>' : ''}
      <form method="post" action="/account/plan">
        !${csrfField(csrf)}<input type="hidden" name="plan" value="${choice}" />
        <div class="actions"><button>${title}</button> <a href="/account">Keep ${from}</a></div>
      </form>
    `,
  };
}
