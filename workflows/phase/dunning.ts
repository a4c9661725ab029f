import { freshKey } from '../activity-calls/fresh-key.ts';
import { billing, email } from '../activity-calls/proxies.ts';
import type { Ahead } from '../contract/customer.ts';
import { isPaidButForHeld, type BillingState } from '../domain/billing-state.ts';
import {
  dunningAgenda,
  dunningOf,
  stageAt,
  suspendedFrom,
  type DatedStage,
  type Dunning,
  type DunningStage,
} from '../domain/dunning.ts';
import { iso } from '../domain/time.ts';
import type { BillingAccount } from './billing-account.ts';
import type { CustomerRun } from './customer-run.ts';
import { mailPaymentFailed, sendOrAlert } from './send-or-alert.ts';

/** Of histories from before, in which a subscription that was ended in Stripe was the end of its customer. */
export const LAPSES = 'an end that nobody ordered comes in stages';

const agendaOf = ({ state: { terms, dunning } }: CustomerRun) => (dunning ? dunningAgenda(terms, dunning) : []);

/** What happens by itself to a customer who does not pay, from now on. */
export const dunningAhead = (customer: CustomerRun): readonly Ahead[] =>
  agendaOf(customer).flatMap(({ stage, at }) =>
    stage === 'last_notice' || at <= customer.clock.now() ? [] : [{ at: iso(at), what: stage }],
  );

/** When the next of it is due after that instant, a mail included. Epoch milliseconds. */
export const nextDunningAt = (customer: CustomerRun, after: number): number | null =>
  agendaOf(customer).find(({ at }) => at > after)?.at ?? null;

const yes = (is: boolean): string => (is ? 'yes' : '');

/** What the mails about it say: each date, and how it was to be paid. */
const detailsOf = (
  agenda: readonly DatedStage[],
  { subscription }: BillingState,
): Readonly<Record<string, string>> => ({
  invoiced: yes(subscription?.isInvoiced === true),
  ...Object.fromEntries(agenda.map(({ stage, at }) => [stage, iso(at)])),
});

/** Since when a customer who does not pay can use nothing, or will; undefined for one who pays. */
export function withoutAccess({ state: { terms, dunning }, clock }: CustomerRun) {
  if (!dunning) return undefined;
  return { since: suspendedFrom(terms, dunning), now: iso(clock.now()) };
}

/**
 * A subscription that is paid again: what Stripe drafted meanwhile is charged once, but for periods that have passed
 * without access.
 */
export async function settleHeld(
  customer: CustomerRun,
  account: BillingAccount,
  state: BillingState,
): Promise<BillingState> {
  const without = withoutAccess(customer);
  if (!without || customer.state.dunning?.ended || !isPaidButForHeld(state)) return state;
  const { customerId } = customer;
  await billing.chargeHeldInvoices({ customerId, without, key: freshKey(customerId, 'chargeHeldInvoices') });
  return account.read();
}

/** What holds for the customer, and the stage that was reached; undefined while nothing is taken away. */
export interface Reached {
  readonly dunning: Dunning;
  readonly stage: DunningStage | undefined;
}

/** Tells a customer who does not pay what is taken away and when, each stage once. */
export async function dun(customer: CustomerRun, state: BillingState): Promise<Reached> {
  const {
    customerId,
    state: { terms, leavesOn, dunning: known = null },
  } = customer;
  const now = customer.clock.now();
  const dunning = dunningOf(state, { known, terms, now, leavesOn });
  // A card that is given to a subscription that is over would pay for nothing.
  if (dunning.ended && !known?.ended) await billing.closeCheckouts({ customerId, key: freshKey(customerId, 'lapsed') });
  customer.update({ dunning });
  const agenda = agendaOf(customer);
  const stage = stageAt(agenda, now);
  const about = detailsOf(agenda, state);
  if (stage === undefined && state.latestInvoice) await mailPaymentFailed(customer, state.latestInvoice.id, about);
  if (stage !== undefined && isTold(stage))
    await sendOrAlert(
      customer,
      { name: 'payment overdue', key: `${customerId}:overdue:${stage}:${dunning.readOnlyFrom}` },
      (key) => email.sendPaymentOverdueMail({ customerId, key, stage, ended: yes(dunning.ended), ...about }),
    );
  return { dunning, stage };
}

/** What follows the others is told by itself. */
const isTold = (stage: DunningStage): boolean => stage !== 'leave' && stage !== 'free_plan';
