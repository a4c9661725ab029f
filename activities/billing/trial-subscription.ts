import type Stripe from 'stripe';
import { getCustomer, recordSubscription, type Customer } from '../../infra/db/repositories/customers.ts';
import { voidUnpaidInvoices } from './invoices.ts';
import { cancel } from './cancel.ts';
import { carriedOver, type Kept } from './carried-over.ts';
import { agreedWith, priceOf } from './catalogue.ts';
import { liveSubscription } from './current-subscription.ts';
import { discountsOf } from './coupons.ts';
import { seconds, type BillingDeps, type IdempotentInput } from './deps.ts';
import { isOver, NOT_CHANGEABLE, subscriptionsOf } from './subscriptions.ts';

interface TrialWanted {
  /** Undefined while Stripe has no such price. */
  readonly price: string | undefined;
  readonly trialEndsAt: string;
}

type TrialDecision = {
  /** Subscriptions whose trial Stripe has ended: Stripe does not move such an end, so they are replaced. */
  readonly replaced: readonly string[];
} & (
  | { readonly action: 'create' }
  | {
      readonly action: 'adopt';
      readonly existing: Stripe.Subscription;
      /** The item that has the price of another plan. */
      readonly outdatedItem: string | null;
      readonly movesEnd: boolean;
    }
);

/** What has to be done so that the trial in Stripe matches ours. The step does it; a dry run only reports it. */
export function decideTrial(subscriptions: readonly Stripe.Subscription[], wanted: TrialWanted): TrialDecision {
  const existing = subscriptions.find((one) => !isOver(one) && one.status !== 'paused');
  const replaced = subscriptions.filter(({ status }) => status === 'paused').map(({ id }) => id);
  if (!existing) return { action: 'create', replaced };
  const item = existing.items.data[0];
  const outdatedItem = item && item.price.id !== wanted.price ? item.id : null;
  const movesEnd = existing.status === 'trialing' && existing.trial_end !== seconds(wanted.trialEndsAt);
  return { action: 'adopt', existing, outdatedItem, movesEnd, replaced };
}

/**
 * Starts the trial as a Stripe subscription that ends at the same instant as ours, or adopts the existing one and
 * corrects its plan and its end. One whose trial is over is replaced.
 */
export async function ensureTrialSubscription(
  deps: BillingDeps,
  input: IdempotentInput & { readonly plan: string; readonly trialEndsAt: string },
): Promise<{ readonly stripeSubscriptionId: string }> {
  const customer = await getCustomer(deps.database, input.customerId);
  const { plan, ...order } = input;
  const price = await priceOf(deps, agreedWith({ ...customer, plan }));
  return bringTrial(deps, { customer, subscriptions: await subscriptionsOf(deps, customer), price, ...order });
}

interface TrialInStripe extends IdempotentInput {
  readonly customer: Customer;
  readonly subscriptions: readonly Stripe.Subscription[];
  readonly price: string;
  readonly trialEndsAt: string;
}

async function bringTrial(
  deps: BillingDeps,
  { customer, subscriptions, ...input }: TrialInStripe,
): Promise<{ readonly stripeSubscriptionId: string }> {
  const { customerId, key, price, trialEndsAt } = input;
  const decision = decideTrial(subscriptions, { price, trialEndsAt });
  const [replaced] = decision.replaced;
  const kept = decision.action === 'create' ? await givenAtStart(deps, customer, replaced) : {};
  const order = { customerId, key, price, trialEndsAt, kept };
  // First: a subscription that was paid meanwhile is refused here, and at the next attempt it is no longer a trial.
  for (const id of decision.replaced)
    await voidUnpaidInvoices(deps.stripe, { subscription: id, key, whenPaid: 'throw' });
  const existing =
    decision.action === 'create' ? await startTrial(deps, customer, order) : await correctTrial(deps, decision, order);
  const found = { stripeSubscriptionId: existing.id, subscriptionStatus: existing.status };
  await recordSubscription(deps.database, customerId, found);
  // Last: a customer without a subscription, even for an instant, would look as if they had left.
  for (const id of decision.replaced) await cancel(deps, id, key);
  return { stripeSubscriptionId: existing.id };
}

/** A subscription that takes the place of another has what that one had, and no second discount. */
const givenAtStart = (deps: BillingDeps, { terms }: Customer, replaced: string | undefined): Promise<Kept> =>
  replaced === undefined ? discountsOf(deps, terms) : carriedOver(deps, replaced);

interface TrialInput extends IdempotentInput {
  readonly price: string;
  readonly trialEndsAt: string;
  readonly kept: Kept;
}

function startTrial(
  { stripe }: BillingDeps,
  { customerId, stripeCustomerId, profile }: Customer,
  { key, price, trialEndsAt, kept: { quantity = 1, addOns = [], metadata = {}, ...kept } }: TrialInput,
): Promise<Stripe.Subscription> {
  return stripe.subscriptions.create(
    {
      customer: stripeCustomerId ?? '',
      items: [{ price, quantity }, ...addOns],
      trial_end: seconds(trialEndsAt),
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      ...kept,
      metadata: { ...metadata, customer_id: customerId, profile },
    },
    { idempotencyKey: key },
  );
}

async function correctTrial(
  { stripe }: BillingDeps,
  { existing, outdatedItem, movesEnd }: Extract<TrialDecision, { action: 'adopt' }>,
  { key, price, trialEndsAt }: TrialInput,
): Promise<Stripe.Subscription> {
  if (outdatedItem === null && !movesEnd) return existing;
  const change: Stripe.SubscriptionUpdateParams = {
    ...(outdatedItem !== null && { items: [{ id: outdatedItem, price }] }),
    ...(movesEnd && { trial_end: seconds(trialEndsAt) }),
    proration_behavior: 'none',
  };
  return stripe.subscriptions.update(existing.id, change, { idempotencyKey: `${key}:correct` });
}

/** Who has nothing to pay by card at the end of the trial goes on without one: Stripe would pause them. */
export async function continueWithoutCard(deps: BillingDeps, { customerId, key }: IdempotentInput): Promise<void> {
  const { id } = await liveSubscription(deps, customerId);
  const trial_settings = { end_behavior: { missing_payment_method: 'create_invoice' as const } };
  await deps.stripe.subscriptions.update(id, { trial_settings }, { idempotencyKey: key });
}

/** Moves the end of the trial in Stripe, even of one that is over. @throws Error when the customer has left Stripe */
export async function moveTrialEnd(
  deps: BillingDeps,
  input: IdempotentInput & { readonly trialEndsAt: string },
): Promise<void> {
  const customer = await getCustomer(deps.database, input.customerId);
  const subscriptions = await subscriptionsOf(deps, customer);
  const current = subscriptions.find((one) => !isOver(one));
  if (!current) throw new Error(NOT_CHANGEABLE);
  // The current price, whatever it is: only the end is moved.
  const price = current.items.data[0]?.price.id ?? (await priceOf(deps, agreedWith(customer)));
  await bringTrial(deps, { customer, subscriptions, price, ...input });
}
