import type Stripe from 'stripe';
import { getCustomer, recordStripeCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { seconds, type BillingDeps, type Keyed } from './deps.ts';
import { isMissing } from './failures.ts';

/** The customer in Stripe, by the id we recorded or by our id in its metadata; undefined when there is none. */
export async function findStripeCustomer(
  { stripe }: BillingDeps,
  { customerId, stripeCustomerId }: Customer,
): Promise<Stripe.Customer | undefined> {
  if (stripeCustomerId !== null) {
    const known = await stripe.customers.retrieve(stripeCustomerId).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (known && !known.deleted) return known;
  }
  const found = await stripe.customers.search({ query: `metadata['customer_id']:'${customerId}'`, limit: 1 });
  return found.data[0];
}

interface Particulars {
  readonly email: string;
  readonly name: string;
}

const particularsOf = ({ email, companyName }: Pick<Customer, 'email' | 'companyName'>): Particulars => ({
  email: email ?? '',
  name: companyName ?? '',
});

type CustomerDecision =
  | { readonly action: 'create' }
  | { readonly action: 'adopt'; readonly existing: Stripe.Customer; readonly outdated: readonly (keyof Particulars)[] };

/** What there is to do that Stripe has the customer as we have them. The step acts on it, a dry run only tells it. */
export function decideCustomer(
  existing: Stripe.Customer | undefined,
  customer: Pick<Customer, 'email' | 'companyName'>,
): CustomerDecision {
  if (!existing) return { action: 'create' };
  const wanted = particularsOf(customer);
  const outdated = (['email', 'name'] as const).filter((field) => existing[field] !== wanted[field]);
  return { action: 'adopt', existing, outdated };
}

/** Creates the customer in Stripe, or adopts the one that is there and brings its particulars up to date. */
export async function ensureStripeCustomer(
  deps: BillingDeps,
  input: Keyed & { readonly now: string },
): Promise<{ readonly stripeCustomerId: string }> {
  const { database, stripe } = deps;
  const { customerId, key } = input;
  const customer = await getCustomer(database, customerId);
  const particulars = particularsOf(customer);
  const decision = decideCustomer(await findStripeCustomer(deps, customer), customer);
  if (decision.action === 'adopt' && decision.outdated.length > 0)
    await stripe.customers.update(decision.existing.id, particulars, { idempotencyKey: `${key}:update` });
  const held = decision.action === 'adopt' ? decision.existing : await create(deps, input, particulars);
  await recordStripeCustomer(database, customerId, { stripeCustomerId: held.id, stripeTestClockId: clockOf(held) });
  return { stripeCustomerId: held.id };
}

const clockOf = ({ test_clock: clock }: Stripe.Customer): string | null =>
  typeof clock === 'string' ? clock : (clock?.id ?? null);

async function create(
  { stripe, config }: BillingDeps,
  { customerId, key, now }: Keyed & { readonly now: string },
  particulars: Particulars,
): Promise<Stripe.Customer> {
  const clock = config.testClocks
    ? await stripe.testHelpers.testClocks.create(
        { frozen_time: seconds(now), name: customerId },
        { idempotencyKey: `${key}:clock` },
      )
    : undefined;
  return stripe.customers.create(
    { ...particulars, metadata: { customer_id: customerId }, ...(clock && { test_clock: clock.id }) },
    { idempotencyKey: key },
  );
}

/** What of the customer is to be deleted in Stripe: ids, null for what is not there. */
export async function findDeletable(
  deps: BillingDeps,
  customer: Customer,
): Promise<{ readonly customer: string | null; readonly testClock: string | null }> {
  const existing = await findStripeCustomer(deps, customer);
  return { customer: existing?.id ?? null, testClock: customer.stripeTestClockId };
}

/** Deletes the customer in Stripe with everything that hangs on it. Not there is done. */
export async function deleteStripeCustomer(deps: BillingDeps, { customerId, key }: Keyed): Promise<void> {
  const { database, stripe } = deps;
  const customer = await getCustomer(database, customerId);
  const found = await findDeletable(deps, customer);
  if (found.customer !== null) await stripe.customers.del(found.customer, {}, { idempotencyKey: key });
  if (found.testClock !== null)
    await stripe.testHelpers.testClocks.del(found.testClock).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  await recordStripeCustomer(database, customerId, { stripeCustomerId: null, stripeTestClockId: null });
}
