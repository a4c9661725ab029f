import Stripe from 'stripe';
import type { Journey } from '../e2e/support/journey.ts';

const PAGE = { limit: 100 } as const;
const isLive = ({ status }: Stripe.Subscription): boolean => status !== 'canceled' && status !== 'incomplete_expired';

export const clientOf = ({ run }: Journey): Stripe => {
  const { hostname, port } = new URL(run.stripe);
  return new Stripe(run.stripeSecretKey, { host: hostname, port, protocol: 'http' });
};

/** The number of Stripe customers that carry this id, and of their subscriptions that are not over. */
export async function inStripe(journey: Journey, customerId: string): Promise<{ customers: number; live: number }> {
  const stripe = clientOf(journey);
  const all = await stripe.customers.list(PAGE).autoPagingToArray({ limit: 10_000 });
  const ours = all.filter(({ metadata }) => metadata['customer_id'] === customerId);
  const lists = await Promise.all(ours.map(({ id }) => stripe.subscriptions.list({ customer: id, ...PAGE })));
  return { customers: ours.length, live: lists.flatMap(({ data }) => data).filter(isLive).length };
}

/** Every object there is, whoever owns it. */
export async function stripeTotals(journey: Journey): Promise<Readonly<Record<string, number>>> {
  const stripe = clientOf(journey);
  const everything = { limit: 10_000 };
  const [customers, subscriptions, clocks] = await Promise.all([
    stripe.customers.list(PAGE).autoPagingToArray(everything),
    stripe.subscriptions.list(PAGE).autoPagingToArray(everything),
    stripe.testHelpers.testClocks.list(PAGE).autoPagingToArray(everything),
  ]);
  return {
    'Stripe customers': customers.length,
    'live subscriptions': subscriptions.filter(isLive).length,
    'test clocks': clocks.length,
  };
}
