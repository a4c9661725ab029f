import { html } from 'ghtml';
import {
  currenciesOf,
  findCoupon,
  offeredCoupon,
  freePlanOf,
  makesInstance,
  type Coupon,
  type Profile,
} from '../../../workflows/domain/profiles/index.ts';
import type { ErrorBody } from '../../http/errors.ts';
import type { SignupBody } from '../../schemas/signup.ts';
import { csrfField, errorNotice, field, select, type Choice } from './forms.ts';
import type { Page } from './layout.ts';
import { choiceValue, planChoices } from './plan-choice.ts';
import { discountText } from './words.ts';

export interface SignupView {
  readonly profile: Profile;
  /** The product's own. */
  readonly promise?: string | undefined;
  readonly trialDays: number;
  readonly open: boolean;
  /** Of the prices. */
  readonly currency: string;
  /** The id of a coupon, as the address or the form has it. */
  readonly coupon?: string | undefined;
  readonly csrf: string;
  /** What was typed before, without the password. */
  readonly typed?: Partial<SignupBody>;
  readonly error?: ErrorBody;
}

/** Each is a page of its own: the prices stand in it. */
function currencies(profile: Profile, chosen: string, coupon: string | undefined): string {
  const all = currenciesOf(profile);
  if (all.length === 1) return '';
  const more = coupon === undefined ? '' : html`&amp;coupon=${encodeURIComponent(coupon)}`;
  const links = all.map((currency) => {
    const name = currency.toUpperCase();
    if (currency === chosen) return html`<strong>${name}</strong>`;
    return html`<a href="/signup?currency=${currency}!${more}">${name}</a>`;
  });
  return html`<input type="hidden" name="currency" value="${chosen}" /><small>Prices in !${links.join(' · ')}</small>`;
}

interface Box {
  readonly id: string;
  readonly label: string;
  readonly checked: boolean;
  readonly problem: string | undefined;
}

function couponBox({ id, label, checked, problem }: Box): string {
  const state = `${checked ? ' checked' : ''}${problem === undefined ? '' : ' aria-invalid="true" aria-describedby="coupon-note"'}`;
  return html`<label><input type="checkbox" name="coupon" value="${id}" !${state} /> ${label}</label
    >!${problem === undefined ? '' : html`<small id="coupon-note">${problem}</small>`}`;
}

/** The one that can be ticked. */
const couponOf = ({ profile, coupon = '' }: SignupView): Coupon | undefined =>
  coupon === '' ? offeredCoupon(profile) : findCoupon(profile, coupon);

/** The prices as the tick is, and as they are once it is set otherwise. */
function pricedPlans(view: SignupView): readonly Choice[] {
  const { profile, currency, coupon = '' } = view;
  const known = couponOf(view);
  const [now, otherwise] = coupon === '' ? [undefined, known] : [known, undefined];
  const at = (price: Coupon | undefined) => planChoices(profile, profile.plans, () => currency, { coupon: price });
  if (known === undefined) return at(undefined);
  const others = at(otherwise);
  return at(now).map((choice, index) => ({ ...choice, other: others[index]?.label }));
}

/**
 * Whoever has the link of a coupon finds it ticked, or reads that it does not exist. One that is offered to everybody can
 * be ticked. It can always be left out: not every plan can have it.
 */
function couponField(view: SignupView): string {
  const { profile, coupon = '', error } = view;
  const offered = offeredCoupon(profile);
  const known = couponOf(view);
  const problem = error?.problems.find(({ field: wrong }) => wrong === 'coupon')?.message;
  if (known) {
    const label = known === offered ? known.name : `With the coupon ${known.id}: ${discountText(known)}`;
    return couponBox({ id: known.id, label, checked: coupon !== '', problem });
  }
  if (coupon === '') return '';
  return html`<small role="status">There is no coupon "${coupon}". The prices are without it.</small>`;
}

function wordsOf(profile: Profile): readonly [label: string, button: string] {
  if (profile.paysFirst) return ['Plan after the trial', 'Continue to payment'];
  return freePlanOf(profile) ? ['Plan', 'Sign up'] : ['Plan after the trial', 'Start the free trial'];
}

function passwordField({ profile, error }: SignupView): string {
  if (profile.paysFirst) return '';
  return field({
    ...{ name: 'password', label: 'Password', type: 'password', required: true, autocomplete: 'new-password' },
    ...{ maxlength: 200, hint: 'At least 8 characters, with an uppercase letter and a number' },
    problems: error?.problems,
  });
}

function form(view: SignupView): string {
  const { profile, csrf, typed = {}, error, currency, coupon } = view;
  const problems = error?.problems;
  const { plan, billing_cycle: cycle } = typed;
  const chosen = plan === undefined ? undefined : choiceValue(plan, cycle);
  const [label, button] = wordsOf(profile);
  return html`
    <form method="post" action="/signup" novalidate>
      !${csrfField(csrf)}
      !${field({ name: 'company_name', label: 'Company', value: typed.company_name, required: true, autocomplete: 'organization', maxlength: 100, problems })}
      !${field({ name: 'full_name', label: 'Your name', value: typed.full_name, autocomplete: 'name', maxlength: 100, problems })}
      !${field({ name: 'email', label: 'Email', type: 'email', value: typed.email, required: true, autocomplete: 'email', maxlength: 254, problems })}
      !${passwordField(view)} !${select({ name: 'plan', label, chosen }, pricedPlans(view))}
      !${currencies(profile, currency, coupon)} !${couponField(view)}
      <button>${button}</button>
    </form>
  `;
}

/** The fields say what is wrong with them; the notice says so in one line. */
const summary = (error: ErrorBody | undefined) =>
  error && error.problems.length > 0 ? { error: error.error, message: 'See the marked fields.' } : error;

const closed = html`<div class="notice bad" role="status">
  We are not taking new customers at the moment. Please try again later.
</div>`;

const elsewhere = ({ brand }: Profile): string =>
  html`<div class="notice" role="status">Sign up in the ${brand.name} app. You sign in there too.</div>`;

function content(view: SignupView): string {
  if (!view.open) return closed;
  return view.profile.identity === 'external' ? elsewhere(view.profile) : form(view);
}

const signInLink = ({ identity }: Profile): string =>
  identity === 'external' ? '' : html` Already a customer? <a href="/login">Sign in</a>.`;

const heading = ({ profile, trialDays }: SignupView): string =>
  freePlanOf(profile)
    ? `Sign up for ${profile.brand.name}`
    : `Try ${profile.brand.name} for ${String(Math.max(1, Math.round(trialDays)))} days`;

const aboutCard = ({ profile }: SignupView): string =>
  profile.paysFirst
    ? 'You add a payment method on the next page, and are charged when the trial ends.'
    : 'No card needed.';

const promise = ({ profile, promise: own }: SignupView): string => {
  if (own !== undefined) return `${own} `;
  return makesInstance(profile) ? 'Your own instance is ready in a few minutes. ' : '';
};

/** Only to who can sign up here and now. */
const isOpen = ({ open, profile }: SignupView): boolean => open && profile.identity !== 'external';

function intro(view: SignupView): string {
  if (!isOpen(view)) return html`<h1>Sign up for ${view.profile.brand.name}</h1>`;
  return html`<hgroup>
    <h1>${heading(view)}</h1>
    <p>${promise(view)}${aboutCard(view)}</p>
  </hgroup>`;
}

const accepts = (view: SignupView): string =>
  isOpen(view) ? html`By signing up you accept the <a href="/terms">terms of service</a>.` : '';

export const signupPage = (view: SignupView): Page => ({
  title: 'Sign up',
  ...(couponOf(view) && { script: 'signup.js' }),
  body: html`
    !${intro(view)} !${errorNotice(summary(view.error))}!${content(view)}
    <p><small>!${accepts(view)}!${signInLink(view.profile)}</small></p>
  `,
});
