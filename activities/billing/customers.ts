import { ApplicationFailure } from '@temporalio/common';
import type Stripe from 'stripe';
import { getCustomer, recordStripeCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import { idOf, type BillingDeps, type IdempotentInput } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { searchByOurId } from './search.ts';
import { ensureTestClock, findTestClock } from './test-clock.ts';

type Sought = Pick<Customer, 'customerId' | 'email' | 'stripeCustomerId' | 'stripeTestClockId'>;

/** Whose id a customer in Stripe carries: ours, another's, or nobody's. */
export const carriesIdOf = ({ metadata }: Stripe.Customer): string | null => metadata['customer_id'] ?? null;

/** The customer in Stripe, by the id we recorded or by our id in its metadata; undefined when there is none. */
export async function findStripeCustomer(deps: BillingDeps, customer: Sought): Promise<Stripe.Customer | undefined> {
  const { stripeCustomerId } = customer;
  if (stripeCustomerId !== null) {
    const known = await unlessMissing(deps.stripe.customers.retrieve(stripeCustomerId));
    // A customer in Stripe with somebody else's id belongs to them, whatever our row says.
    if (known && !known.deleted && [customer.customerId, null].includes(carriesIdOf(known))) return known;
  }
  return (await listed(deps, customer)) ?? searched(deps, customer);
}

/**
 * The customer with their id in Stripe, looked for when our row has lost it: without it Stripe would seem to have no
 * subscription of theirs, which looks as if they had left.
 */
export async function withStripeCustomer(deps: BillingDeps, customer: Customer): Promise<Customer> {
  if (customer.stripeCustomerId !== null) return customer;
  const { id: stripeCustomerId } = (await findStripeCustomer(deps, customer)) ?? {};
  if (stripeCustomerId === undefined) return customer;
  const { customerId, stripeTestClockId } = customer;
  await recordStripeCustomer(deps.database, customerId, { stripeCustomerId, stripeTestClockId });
  return { ...customer, stripeCustomerId };
}

/** A list shows a new customer immediately; a customer on a test clock is only in the list of that clock. */
async function listed(deps: BillingDeps, customer: Sought): Promise<Stripe.Customer | undefined> {
  const clock = await findTestClock(deps, customer);
  const where = clock === undefined ? customer.email !== null && { email: customer.email } : { test_clock: clock };
  if (where === false) return undefined;
  const { data } = await deps.stripe.customers.list({ ...where, limit: 100 });
  return data.find(({ metadata }) => metadata['customer_id'] === customer.customerId);
}

/** A search also finds a customer whose address was corrected since. */
async function searched({ stripe }: BillingDeps, { customerId: id }: Sought): Promise<Stripe.Customer | undefined> {
  const [found] = await searchByOurId(id, (query) => stripe.customers.search({ query, limit: 1 }));
  return found;
}

interface StripeFields {
  readonly email: string;
  readonly name: string;
}

const fieldsOf = ({ email, companyName }: Pick<Customer, 'email' | 'companyName'>): StripeFields => ({
  email: email ?? '',
  name: companyName ?? '',
});

type CustomerDecision =
  | { readonly action: 'create' }
  | {
      readonly action: 'adopt';
      readonly existing: Stripe.Customer;
      readonly outdated: readonly (keyof StripeFields)[];
    };

/** What has to be done so that the customer in Stripe matches ours. The step does it; a dry run only reports it. */
export function decideCustomer(
  existing: Stripe.Customer | undefined,
  customer: Pick<Customer, 'email' | 'companyName'>,
): CustomerDecision {
  if (!existing) return { action: 'create' };
  const wanted = fieldsOf(customer);
  const outdated = (['email', 'name'] as const).filter((field) => existing[field] !== wanted[field]);
  return { action: 'adopt', existing, outdated };
}

/** Creates the customer in Stripe, or adopts the existing one and brings its details up to date. */
export async function ensureStripeCustomer(
  deps: BillingDeps,
  input: IdempotentInput & { readonly now: string },
): Promise<{ readonly stripeCustomerId: string }> {
  const { database, stripe } = deps;
  const { customerId, key } = input;
  const customer = await getCustomer(database, customerId);
  const fields = fieldsOf(customer);
  const decision = decideCustomer(await findStripeCustomer(deps, customer), customer);
  if (decision.action === 'adopt' && decision.outdated.length > 0)
    await stripe.customers.update(decision.existing.id, fields, { idempotencyKey: `${key}:update` });
  const existing =
    decision.action === 'adopt'
      ? decision.existing
      : await createStripeCustomer(deps, customer, { key, now: input.now });
  await recordStripeCustomer(database, customerId, {
    stripeCustomerId: existing.id,
    stripeTestClockId: idOf(existing.test_clock),
  });
  return { stripeCustomerId: existing.id };
}

/** Creates the customer in Stripe with our id in its metadata, and with a test clock where those are used. */
export async function createStripeCustomer(
  deps: BillingDeps,
  customer: Sought & Pick<Customer, 'companyName'>,
  { key, now }: { readonly key: string; readonly now: string },
): Promise<Stripe.Customer> {
  const { customerId } = customer;
  const clock = deps.config.testClocks ? await ensureTestClock(deps, customer, { key, now }) : undefined;
  return deps.stripe.customers.create(
    {
      ...fieldsOf(customer),
      metadata: { customer_id: customerId },
      ...(clock !== undefined && { test_clock: clock }),
    },
    { idempotencyKey: key },
  );
}

/**
 * What has to be deleted in Stripe: ids, or null for what does not exist.
 * @throws ApplicationFailure `NotOurStripeCustomer` when the recorded one does not have their id
 */
export async function findDeletable(
  deps: BillingDeps,
  customer: Customer,
): Promise<{ readonly customer: string | null; readonly testClock: string | null }> {
  const existing = await findStripeCustomer(deps, customer);
  if (existing && carriesIdOf(existing) !== customer.customerId)
    throw ApplicationFailure.nonRetryable(
      `${existing.id} in Stripe does not have this customer's id in its metadata.`,
      'NotOurStripeCustomer',
    );
  return { customer: existing?.id ?? null, testClock: (await findTestClock(deps, customer)) ?? null };
}

/** Deletes the customer in Stripe with everything that belongs to it. What does not exist is done. */
export async function deleteStripeCustomer(deps: BillingDeps, { customerId, key }: IdempotentInput): Promise<void> {
  const { database, stripe } = deps;
  const customer = await getCustomer(database, customerId);
  const found = await findDeletable(deps, customer);
  if (found.customer !== null) await unlessMissing(stripe.customers.del(found.customer, {}, { idempotencyKey: key }));
  if (found.testClock !== null) await unlessMissing(stripe.testHelpers.testClocks.del(found.testClock));
  await recordStripeCustomer(database, customerId, { stripeCustomerId: null, stripeTestClockId: null });
}
