import type { Change } from '../../activities/billing/set-up-change.ts';
import { changesOf, readProducts, type Known } from '../../activities/billing/set-up.ts';
import { endpointChanges } from '../../activities/billing/set-up-endpoint.ts';
import { askStripe } from '../../activities/billing/doctor.ts';
import { problemsOfGiven } from '../../activities/billing/given-prices.ts';
import { asApplicationFailure } from '../../activities/billing/failures.ts';
import { createStripeClient } from '../../activities/billing/stripe-client.ts';
import { ConfigError } from '../../infra/config.ts';
import type { StripeExpected } from '../../infra/doctor/stripe.ts';
import { EXIT } from '../../infra/doctor/report.ts';
import { howTo } from '../../infra/program-file.ts';
import { openProduct } from '../../infra/product/open-product.ts';
import type { Here } from '../doctor/here.ts';
import { askStripe as askAll, type Billing } from '../doctor/looks.ts';

interface Order {
  /** Otherwise it only says what it would do. */
  readonly apply: boolean;
  /** Real money is meant. */
  readonly live: boolean;
  readonly webhookUrl: string | undefined;
  readonly say: (text: string) => void;
}

function billingOf({ survey: { lifecycle } }: Here) {
  const { stripe, products } = lifecycle.config;
  if (!stripe || !products) throw lifecycle.wrong[0] ?? new ConfigError('STRIPE_SECRET_KEY must be set.');
  return { stripe, products };
}

/** With an address that was told, no other path is ours. */
const expectedWith = (expected: StripeExpected, webhookUrl: string | undefined): StripeExpected =>
  webhookUrl === undefined ? expected : { ...expected, webhookUrls: [webhookUrl] };

type Asked = Awaited<ReturnType<typeof askAll>>;

/** Undefined when Stripe did not answer all of it. */
async function knownOf({ stripe, facts, expected: { profile } }: Asked): Promise<Known | undefined> {
  const { prices, coupons, endpoints } = facts;
  if (!('told' in prices) || !('told' in coupons) || !('told' in endpoints)) return undefined;
  const products = await askStripe(() => readProducts(stripe, profile, prices.told));
  if (!('told' in products)) return undefined;
  return { prices: prices.told, coupons: coupons.told, endpoints: endpoints.told, products: products.told };
}

const failureOf = (error: unknown): string => {
  const failure = asApplicationFailure(error);
  return failure instanceof Error ? failure.message : String(failure);
};

/** @returns whether it is done */
async function carryOut({ what, carryOut: act }: Change, say: Order['say']): Promise<boolean> {
  if (!act) {
    say(`  by hand: ${what}`);
    return false;
  }
  try {
    const told = await act();
    say(`  done: ${what}`);
    if (told !== undefined) say(`  ${told}`);
    return true;
  } catch (error) {
    say(`  failed: ${what}: ${failureOf(error)}`);
    return false;
  }
}

async function applyAll(changes: readonly Change[], say: Order['say']): Promise<number> {
  const left: Change[] = [];
  // In their order: a price needs its product.
  for (const change of changes) if (!(await carryOut(change, say))) left.push(change);
  say(left.length === 0 ? 'Done.' : `${String(left.length)} left to do.`);
  return left.length === 0 ? EXIT.well : EXIT.missing;
}

function show(changes: readonly Change[], say: Order['say']): number {
  for (const { what, carryOut: act } of changes) say(`  ${act ? '' : 'by hand: '}${what}`);
  if (changes.some((change) => change.carryOut)) say(`"${howTo('stripe', 'apply')}" does it.`);
  return EXIT.missing;
}

async function setUpProduct(billing: Billing, { apply, webhookUrl, say }: Order): Promise<number> {
  const asked = await askAll(billing, { rehearsal: true });
  const known = await knownOf(asked);
  const expected = expectedWith(asked.expected, webhookUrl);
  const at = `Stripe (${billing.stripe.live ? 'live' : 'test'} mode), ${expected.profile.brand.name}`;
  if (!known) {
    say(`${at}: it could not be read. "${howTo('doctor')}" says why.`);
    return EXIT.unknown;
  }
  // One endpoint serves all products: an API takes the events of each.
  const isFirst = billing.product === billing.products[0];
  const endpoint = isFirst ? endpointChanges(asked.stripe, known.endpoints, expected) : [];
  const changes = [...changesOf(asked.stripe, known, expected.profile), ...endpoint];
  if (changes.length === 0) {
    say(`${at}: nothing to do.`);
    return EXIT.well;
  }
  say(`${at}:`);
  return apply ? applyAll(changes, say) : show(changes, say);
}

/** @throws ConfigError where the mode of the key is not the one that was meant */
function checkMode(stripe: Billing['stripe'], { apply, live }: Order): void {
  if (apply && stripe.live && !live)
    throw new ConfigError(
      'STRIPE_SECRET_KEY is of live mode. Say --live to change what real customers are charged by.',
    );
  if (live && !stripe.live) throw new ConfigError('STRIPE_SECRET_KEY is of test mode, and --live was said.');
}

/** What is made would not be used before the prices that the settings name are right. */
async function givenProblems({ stripe, products }: ReturnType<typeof billingOf>): Promise<readonly string[]> {
  const profiles = await Promise.all(products.map(async (product) => (await openProduct(product)).profile));
  return problemsOfGiven(createStripeClient(stripe), stripe, profiles);
}

/** Shows or carries out what Stripe lacks of each product's catalogue. @returns the exit code */
export async function setUpStripe(here: Here, order: Order): Promise<number> {
  const { stripe, products } = billingOf(here);
  checkMode(stripe, order);
  const given = await askStripe(() => givenProblems({ stripe, products }));
  if ('told' in given && given.told.length > 0) {
    for (const problem of given.told) order.say(`by hand: ${problem}`);
    return EXIT.missing;
  }
  const codes: number[] = [];
  for (const product of products) codes.push(await setUpProduct({ stripe, products, product }, order));
  return Math.max(...codes);
}
