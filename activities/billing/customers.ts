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

/** Creates the customer in Stripe, or adopts the one that is there and brings its particulars up to date. */
export async function ensureStripeCustomer(deps: BillingDeps, input: Keyed & { readonly now: string }): Promise<void> {
  const { database, stripe } = deps;
  const { customerId, key } = input;
  const customer = await getCustomer(database, customerId);
  const particulars = { email: customer.email ?? '', name: customer.companyName ?? '' };
  const existing = await findStripeCustomer(deps, customer);
  if (existing && !isUpToDate(existing, particulars))
    await stripe.customers.update(existing.id, particulars, { idempotencyKey: `${key}:update` });
  const held = existing ?? (await create(deps, input, particulars));
  await recordStripeCustomer(database, customerId, { stripeCustomerId: held.id, stripeTestClockId: clockOf(held) });
}

interface Particulars {
  readonly email: string;
  readonly name: string;
}

const isUpToDate = (held: Stripe.Customer, { email, name }: Particulars): boolean =>
  held.email === email && held.name === name;
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

/** Deletes the customer in Stripe with everything that hangs on it. Not there is done. */
export async function deleteStripeCustomer(deps: BillingDeps, { customerId, key }: Keyed): Promise<void> {
  const { database, stripe } = deps;
  const customer = await getCustomer(database, customerId);
  const existing = await findStripeCustomer(deps, customer);
  if (existing) await stripe.customers.del(existing.id, {}, { idempotencyKey: key });
  if (customer.stripeTestClockId !== null)
    await stripe.testHelpers.testClocks.del(customer.stripeTestClockId).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  await recordStripeCustomer(database, customerId, { stripeCustomerId: null, stripeTestClockId: null });
}
