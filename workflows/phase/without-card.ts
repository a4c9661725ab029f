import { patched } from '@temporalio/workflow';
import { freshKey } from '../activity-calls/fresh-key.ts';
import { billing } from '../activity-calls/proxies.ts';
import type { Outlook } from '../contract/customer.ts';
import type { BillingState } from '../domain/billing-state.ts';
import { money } from '../domain/money.ts';
import { judgeTrial, withoutCard, type TrialVerdict } from '../domain/trial.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';

/** Who owes nothing, or is sent an invoice, is not asked for a card, and Stripe must not pause them for lack of one. */
export async function goesOnWithoutCard(
  { customerId }: CustomerRun,
  { subscription }: BillingState,
  verdict: TrialVerdict,
): Promise<boolean> {
  if (verdict !== 'needs_no_card' || !patched('who needs no card goes on without one')) return false;
  if (subscription?.pausesAtTrialEnd)
    await billing.continueWithoutCard({ customerId, key: freshKey(customerId, 'continueWithoutCard') });
  return true;
}

/** What is charged first, for a mail, where that is not as agreed. */
export function chargedInWords(state: BillingState | null): { readonly charged?: string } {
  const next = state?.subscription?.nextCharge;
  return next?.agreed === undefined ? {} : { charged: money(next.due, next.currency) };
}

/** What is ahead of a trial. */
export const outlookOfTrial = (account: BillingAccount): Outlook => ({
  ...{ endsAt: account.endsAt(), renewsAt: null, ahead: [], pause: null },
  nextCharge: account.state?.subscription?.nextCharge ?? null,
  withoutCard: account.state && judgeTrial(account.state) === 'needs_no_card' ? withoutCard(account.state) : null,
});
