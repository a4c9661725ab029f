import { html } from 'ghtml';
import { hasInstance } from '../../../workflows/domain/core-steps.ts';
import { hasPeriod, type Phase } from '../../../workflows/domain/lifecycle.ts';
import { unusedOf } from '../../../workflows/domain/unused.ts';
import { agreedCycle } from '../../../infra/customers/agreed-cycle.ts';
import { deletion, keys, password } from './account-access.ts';
import { clockOf, isLiving, overview, owes, type AccountView } from './account-overview.ts';
import { ownPause, pausing } from './account-pause.ts';
import { changingPlan } from './account-plan.ts';
import { paying } from './account-payment.ts';
import { buttonForm, csrfField, errorNotice, field, notice, select } from './forms.ts';
import { invoicesSection } from './invoices.ts';
import type { Page } from './layout.ts';
import { day, money } from './words.ts';

/** Only the workflow knows; Postgres has no copy. */
const leavesAtEnd = ({ status }: AccountView): boolean => status?.leavesAtEnd ?? false;

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

/** What who leaves now has paid for the days to come. */
function unused(view: AccountView): string {
  const { customer, entitlements, invoices } = view;
  if (customer.phase !== 'subscription') return '';
  const until = entitlements?.currentPeriodEnd ?? null;
  const period = { until, cycle: agreedCycle(customer), now: clockOf(view).getTime() };
  const amount = invoices.reduce((sum, invoice) => sum + unusedOf(invoice, period), 0);
  if (amount === 0) return '';
  const becomes = customer.terms.whenLeavingNow === 'refund' ? 'is refunded to your card' : 'is not refunded';
  return html`<p>
    If you cancel now, ${money(amount, invoices[0]?.currency ?? '')}, which you have paid for the days until
    ${day(until)}, ${becomes}.
  </p>`;
}

/**
 * The form carries the phase for which it was made: a page that was kept open must not end a phase that has begun
 * since.
 */
const leaveChoice = (view: AccountView): string => html`
  <input type="hidden" name="phase" value="${view.customer.phase}" />
  !${
    hasPeriod(view.customer)
      ? html`!${select({ name: 'when', label: 'When', chosen: 'period_end' }, whenToLeave(view.customer))}!${unused(view)}`
      : html`<input type="hidden" name="when" value="now" />
          <p>${WITHOUT_PERIOD[view.customer.phase] ?? ''}</p>`
  }
`;

const whatIsKept = ({ phase, terms }: AccountView['customer']): string =>
  phase === 'onboarding' || !hasInstance(terms)
    ? ''
    : html`<p><small>A backup of your data is kept for ${String(terms.retentionDays)} days.</small></p>`;

const leave = (view: AccountView): string => html`
  <section>
    <h2>Cancel plan</h2>
    <details>
      <summary>Cancel my plan</summary>
      <form method="post" action="/account/cancel">
        !${csrfField(view.csrf)} !${leaveChoice(view)}
        !${field({ name: 'reason', label: 'Why are you leaving?', maxlength: 500 })}
        <button class="secondary">Cancel my plan</button>
      </form>
      !${whatIsKept(view.customer)}
    </details>
  </section>
`;

/** What follows the end of the plan, which may have been chosen here or in Stripe. */
function afterEnd({ customer: { terms }, status }: AccountView): string {
  if (terms.freePlan) return 'After that you move to the free plan.';
  if (status?.leavesOn) return 'After that your account is closed.';
  const thing = hasInstance(terms) ? 'instance' : 'account';
  return `After that your ${thing} is read-only, and it is removed ${String(terms.graceDays + terms.retentionDays)} days later, unless you subscribe again.`;
}

const undo = (view: AccountView): string => html`
  <div class="notice" role="status">
    <strong>Your plan ends on ${day(view.status?.endsAt ? new Date(view.status.endsAt) : null)}.</strong>
    <p>${owes(view) ? '' : 'Nothing changes until then. '}${afterEnd(view)}</p>
    !${buttonForm({ action: '/account/undo-cancellation', csrf: view.csrf, label: 'Keep my plan' })}
  </div>
`;

type Section = (view: AccountView, leaving: boolean) => string;

/** Of an account that is not being closed. */
const BEFORE_INVOICES: readonly Section[] = [ownPause, paying, changingPlan];
const ENDING: readonly Section[] = [pausing, (view, leaving) => (leaving ? '' : leave(view))];

export function accountPage(view: AccountView): Page {
  const { customer, csrf, done, error } = view;
  const leaving = leavesAtEnd(view);
  const whileLiving = (sections: readonly Section[]): readonly string[] =>
    isLiving(view) ? sections.map((section) => section(view, leaving)) : [];
  return {
    title: 'Account',
    visitor: 'customer',
    csrf,
    body: html`
      <h1>${customer.companyName ?? 'Your account'}</h1>
      !${notice(done)}!${errorNotice(error)}!${overview(view)}!${leaving ? undo(view) : ''}
      !${whileLiving(BEFORE_INVOICES)}!${invoicesSection(view.invoices)}!${whileLiving([keys])}!${password(view)}
      !${whileLiving(ENDING)}!${customer.phase === 'ended' ? '' : deletion(view)}
    `,
  };
}

export const deletedPage: Page = {
  title: 'Account deleted',
  body: html`<h1>Your account is being deleted</h1>
    <p role="status">We are deleting all your data. You will get a final email when it is done.</p>`,
};
