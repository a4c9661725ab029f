import { nextLivingCustomers, readCustomerRecords } from '../db/repositories/customer-records.ts';
import { customersWhoDiffer, noteComparisons } from '../db/repositories/differences.ts';
import { movePosition, readPosition } from '../db/repositories/record-laps.ts';
import { describeRun } from '../temporal/customer-runs.ts';
import { STRIPE_KINDS, compareRecords, type Comparison } from '../../workflows/domain/differences.ts';
import type { ComparingDeps, StripeRecords, Sweeper } from './sweeper.ts';

/** Customers read in Stripe each round, some three calls each: a share that goes round slowly. */
const SHARE = 20;
/** And of those who differ already, so that what is mended is known to be. */
const DIFFERING = 10;

async function compare(deps: ComparingDeps, stripe: StripeRecords, customerIds: readonly string[]): Promise<void> {
  const comparisons = new Map<string, Comparison>();
  for (const id of customerIds) {
    const [run, inStripe] = [await describeRun(deps.temporal, id), await stripe.read(id)];
    const customer = (await readCustomerRecords(deps.database, [id])).get(id) ?? null;
    comparisons.set(id, compareRecords({ customer, run, stripe: inStripe }));
  }
  await noteComparisons(deps.database, comparisons);
}

/** The next of our customers, each read in Stripe. */
async function compareShare(deps: ComparingDeps, stripe: StripeRecords): Promise<number> {
  const source = 'stripe';
  const ids = await nextLivingCustomers(deps.database, await readPosition(deps.database, source), SHARE);
  await compare(deps, stripe, ids);
  await movePosition(deps.database, source, ids.length < SHARE ? null : (ids.at(-1) ?? null));
  return ids.length;
}

/** The next page of Stripe's customers that carry our ids: those whom Postgres does not know are looked at. */
async function findUnknown(deps: ComparingDeps, stripe: StripeRecords): Promise<void> {
  const source = 'customers in Stripe';
  const { customerIds, next } = await stripe.page(await readPosition(deps.database, source));
  const known = await readCustomerRecords(deps.database, customerIds);
  await compare(
    deps,
    stripe,
    customerIds.filter((id) => !known.has(id)),
  );
  await movePosition(deps.database, source, next);
}

/** Compares a share of the customers with what Stripe says, and finds subscriptions that belong to nobody. */
export const sweepStripeRecords: Sweeper<ComparingDeps> = async (deps) => {
  const { stripeRecords: stripe } = deps;
  if (stripe === undefined) return 0;
  const kinds = [...STRIPE_KINDS, 'no_customer'] as const;
  await compare(deps, stripe, await customersWhoDiffer(deps.database, { limit: DIFFERING, kinds }));
  await findUnknown(deps, stripe);
  return compareShare(deps, stripe);
};
