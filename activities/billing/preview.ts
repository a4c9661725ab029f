import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { BillingChanges, BillingPreviewInput } from '../../workflows/contract/replay.ts';
import { trialBeginsAnew } from '../../workflows/domain/core-steps.ts';
import { customerAsReplayed } from '../accounts/as-replayed.ts';
import { agreedWith, findStripePrice } from './catalogue.ts';
import { decideCustomer, findDeletable, findStripeCustomer } from './customers.ts';
import type { BillingDeps } from './deps.ts';
import { findCancellable } from './cancel.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { decideTrial } from './trial-subscription.ts';

interface Subject {
  readonly deps: BillingDeps;
  readonly customer: Customer;
  readonly undone: ReadonlySet<string>;
}
type Lines = Promise<readonly string[]>;
type Previews = Readonly<Partial<Record<string, (subject: Subject) => Lines>>>;

/** Uses the same functions as the steps themselves to read what is there and to decide what they would do. */
const UNDO: Previews = {
  async trialSubscription({ deps, customer }) {
    const found = await findCancellable(deps, customer);
    return [
      ...(found?.checkouts ?? []).map((id) => `close the open Checkout ${id}`),
      ...(found?.subscriptions ?? []).map((id) => `cancel subscription ${id}`),
    ];
  },
  async stripeCustomer({ deps, customer }) {
    const found = await findDeletable(deps, customer);
    return [
      ...(found.customer === null ? [] : [`delete customer ${found.customer}`]),
      ...(found.testClock === null ? [] : [`delete test clock ${found.testClock}`]),
    ];
  },
};

const couponOf = ({ terms: { coupon } }: Customer): string => (coupon ? `, with the coupon ${coupon.id}` : '');

const RUN: Previews = {
  async stripeCustomer({ deps, customer, undone }) {
    const existing = undone.has('stripeCustomer') ? undefined : await findStripeCustomer(deps, customer);
    const decision = decideCustomer(existing, customer);
    if (decision.action === 'create')
      return [deps.config.testClocks ? 'create the customer, with a test clock' : 'create the customer'];
    const { existing: held, outdated } = decision;
    return outdated.map((field) => `update the customer's ${field} (${held.id})`);
  },
  async trialSubscription({ deps, customer, undone }) {
    const existing = undone.has('trialSubscription') ? [] : await subscriptionsOf(deps, customer);
    const trialEndsAt = customer.trialEndsAt?.toISOString() ?? '';
    const price = await findStripePrice(deps, agreedWith(customer));
    const decision = decideTrial(existing, { price, trialEndsAt });
    const end = trialEndsAt.slice(0, 10);
    const missing = price === undefined ? [`create the price of ${customer.plan}`] : [];
    const replaced = decision.replaced.map((id) => `cancel subscription ${id}, whose trial is over`);
    if (decision.action === 'create')
      return [
        ...missing,
        `create the trial subscription on ${customer.plan} ending ${end}${couponOf(customer)}`,
        ...replaced,
      ];
    const { id } = decision.existing;
    return [
      ...missing,
      ...(decision.outdatedItem === null ? [] : [`change the price of ${id} to ${customer.plan}`]),
      ...(decision.movesEnd ? [`move the end of the trial of ${id} to ${end}`] : []),
      ...replaced,
    ];
  },
};

/**
 * What a replay would change in Stripe: first what is undone, then what is created or corrected. Reads only. No
 * personal data: names of fields and Stripe's ids.
 */
export async function previewBilling(
  deps: BillingDeps,
  { customerId, correctionId, willUndo, willRun }: BillingPreviewInput,
): Promise<BillingChanges> {
  const replayed = { customerId, correctionId, trialBeginsAnew: trialBeginsAnew(willRun) };
  const customer = await customerAsReplayed(deps.database, replayed);
  const subject: Subject = { deps, customer, undone: new Set(willUndo) };
  const previews = [...willUndo.map((step) => UNDO[step]), ...willRun.map((step) => RUN[step])];
  const lines: string[] = [];
  for (const one of previews) if (one) lines.push(...(await one(subject)));
  return { lines };
}
