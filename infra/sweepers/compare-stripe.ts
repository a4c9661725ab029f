import { readCustomerRecords } from '../db/repositories/customer-records.ts';
import { customersWhoDiffer, noteComparisons } from '../db/repositories/differences.ts';
import { openProspects } from '../db/repositories/prospects.ts';
import { describeRun } from '../temporal/customer-runs.ts';
import { STRIPE_KINDS, compareRecords, type Comparison } from '../../workflows/domain/differences.ts';
import { livingCustomers, nextOfLap } from './lap.ts';
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
const compareShare = (deps: ComparingDeps, stripe: StripeRecords): Promise<number> =>
  nextOfLap(deps.database, 'stripe', {
    page: (after) => livingCustomers(deps, after, SHARE),
    compare: (customerIds) => compare(deps, stripe, customerIds),
  });

/** The next page of Stripe's customers that carry our ids: those are looked at who are unknown here, or have left. */
const findGone = (deps: ComparingDeps, stripe: StripeRecords): Promise<number> =>
  nextOfLap(deps.database, 'customers in Stripe', {
    page: (position) => stripe.page(position),
    async compare(customerIds) {
      const known = await readCustomerRecords(deps.database, customerIds);
      const prospects = await openProspects(deps.database, customerIds);
      const lives = (id: string) => (known.get(id)?.phase ?? 'ended') !== 'ended' || prospects.has(id);
      await compare(
        deps,
        stripe,
        customerIds.filter((id) => !lives(id)),
      );
    },
  });

/** Compares a share of the customers with what Stripe says, and finds subscriptions that belong to nobody. */
export const sweepStripeRecords: Sweeper<ComparingDeps> = async (deps) => {
  const { stripeRecords: stripe } = deps;
  if (stripe === undefined) return 0;
  const kinds = [...STRIPE_KINDS, 'no_customer'] as const;
  await compare(deps, stripe, await customersWhoDiffer(deps.database, { limit: DIFFERING, kinds }));
  await findGone(deps, stripe);
  return compareShare(deps, stripe);
};
