import { setTimeout as delay } from 'node:timers/promises';
import type Stripe from 'stripe';
import { sweepMissedEvents } from '../../infra/sweepers/index.ts';
import { missedEvents } from '../../workers/missed-events.ts';
import { LifecycleHarness } from '../support/lifecycle.ts';
import { manyPrices } from '../support/many-prices.ts';
import { brokenOff, describe, differencesOf, type Difference } from './compare.ts';
import { scriptOf } from './generate.ts';
import { live } from './live.ts';
import { PRICES } from './model/terms.ts';
import type { PlanName, Script } from './model/script.ts';
import { Observer } from './observe.ts';

export interface Order {
  readonly seed: number;
  readonly customers: readonly number[];
  readonly days: number;
  readonly lanes: number;
  readonly told?: (text: string) => void;
}

export interface Outcome {
  readonly differences: readonly Difference[];
  readonly customerDays: number;
}

const CYCLES = { monthly: 'month', annual: 'year' } as const;
const LOST_EVENTS_ARE_SOUGHT_MS = 500;

/** Makes every price in Stripe, as `tenure stripe apply` does. */
async function makePrices(stripe: Stripe): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const [plan, prices] of Object.entries(PRICES))
    for (const [cycle, unit_amount] of Object.entries(prices)) {
      const lookup_key = `many-prices_${plan}_${cycle}`;
      const interval = CYCLES[cycle as keyof typeof CYCLES];
      const { id } = await stripe.prices.create({
        ...{ currency: 'usd', unit_amount, recurring: { interval }, lookup_key },
        product_data: { name: plan },
      });
      ids.set(`${plan} ${interval}`, id);
    }
  return ids;
}

/** Looks for events that were lost, as the sweeper does, while some are. */
function seekLostEvents(harness: LifecycleHarness, lost: ReadonlySet<string>): { stop: () => Promise<void> } {
  const stripeEvents = missedEvents(harness.stripe, false);
  const stopped = new AbortController();
  const seek = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (lost.size > 0) await sweepMissedEvents({ ...harness.sweeperDeps(), stripeEvents });
      await delay(LOST_EVENTS_ARE_SOUGHT_MS);
    }
  };
  const seeking = seek();
  return {
    stop: () => {
      stopped.abort();
      return seeking;
    },
  };
}

/** Several at a time; each customer has a clock of their own. */
async function inLanes<T>(things: readonly T[], lanes: number, work: (thing: T) => Promise<void>): Promise<void> {
  const queue = [...things];
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let thing = queue.shift(); thing !== undefined; thing = queue.shift()) await work(thing);
    }),
  );
}

/** Lives the lives of so many customers, and compares each day of each with what the model says. */
export async function year({ seed, customers, days, lanes, told = () => undefined }: Order): Promise<Outcome> {
  const lost = new Set<string>();
  const harness = await LifecycleHarness.start({
    profile: manyPrices,
    losesEvent: (text) => [...lost].some((id) => text.includes(id)),
  });
  const observer = await Observer.start(harness);
  const prices = await makePrices(harness.stripe);
  const priceOf = (plan: PlanName, like: Stripe.Price | undefined): Promise<string> =>
    Promise.resolve(prices.get(`${plan} ${like?.recurring?.interval ?? 'month'}`) ?? '');
  const place = { harness, observer, lost, priceOf };
  const differences: Difference[] = [];
  const seeking = seekLostEvents(harness, lost);
  const scripts = customers.map((customer): [number, Script] => [customer, scriptOf(seed, customer, days)]);
  try {
    await inLanes(scripts, lanes, async ([customer, script]) => {
      const found = await live(place, script, days).then(
        (lived) => differencesOf({ customer, script, days, ...lived }),
        (error: unknown) => [brokenOff({ customer, script }, error)],
      );
      differences.push(...found);
      told(found.length > 0 ? describe(found) : `customer ${String(customer)}: 0 differences`);
    });
  } finally {
    await seeking.stop();
    await observer.stop();
    await harness.close();
  }
  return { differences, customerDays: customers.length * days };
}
