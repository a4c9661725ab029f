import type Stripe from 'stripe';
import { cancelCustomer, extendTrial, undoCancellation } from '../../api/support/customer-commands.ts';
import { pausePlan, resumePlan } from '../../api/support/pausing.ts';
import { refundCustomer } from '../../api/support/refunds.ts';
import { ApiError } from '../../api/http/errors.ts';
import { isUnknown, type LifecycleHarness } from '../support/lifecycle.ts';
import type { CardKind, Operation, PlanName } from './model/script.ts';

/** It was refused, or there was nothing to do it to. */
class Refused extends Error {}

export interface World {
  readonly harness: LifecycleHarness;
  readonly customerId: string;
  /** Of the step: sent again, it takes effect once. */
  readonly commandId: string;
  /** Ids in Stripe whose events do not arrive. */
  readonly lost: Set<string>;
  readonly priceOf: (plan: PlanName, like: Stripe.Price | undefined) => Promise<string>;
}

type Doing = {
  readonly [Name in Operation['name']]: (world: World, order: Extract<Operation, { name: Name }>) => Promise<unknown>;
};

const CARD_NUMBER: Readonly<Record<CardKind, string>> = { good: '4242424242424242', bad: '4000000000000341' };
const CARD_TOKEN: Readonly<Record<CardKind, string>> = { good: 'pm_card_visa', bad: 'pm_card_chargeCustomerFail' };

const asked = ({ customerId, commandId }: World) => ({ customerId, actor: 'staff', commandId });
const payerOf = async ({ harness, customerId }: World): Promise<string> =>
  (await harness.row(customerId)).stripeCustomerId ?? '';

/** One who was deleted has no clock in Stripe any more: what is done to them is dated today. */
async function keptPayerOf(world: World): Promise<string> {
  const { id, deleted } = await world.harness.stripe.customers.retrieve(await payerOf(world));
  if (deleted) throw new Refused();
  return id;
}

const THERE: readonly Stripe.Subscription.Status[] = ['trialing', 'active', 'past_due'];
async function subscriptionOf(world: World, among = THERE): Promise<Stripe.Subscription> {
  const { data } = await world.harness.stripe.subscriptions.list({ customer: await payerOf(world), limit: 100 });
  const found = data.find(({ status }) => among.includes(status));
  if (!found) throw new Refused();
  return found;
}
const change =
  (among: readonly Stripe.Subscription.Status[], patch: Stripe.SubscriptionUpdateParams) =>
  async (world: World): Promise<unknown> =>
    world.harness.stripe.subscriptions.update((await subscriptionOf(world, among)).id, patch);

async function pay(world: World, url: string, card: CardKind): Promise<void> {
  await world.harness.pay(url, CARD_NUMBER[card]).catch((error: unknown) => {
    throw new Refused('declined', { cause: error });
  });
}

const DOING: Doing = {
  card: async (world, { when, card }) => {
    const { harness, customerId, commandId } = world;
    const { checkoutUrl } = await harness.command(customerId, 'convertTrial', { chargeWhen: when }, commandId);
    await pay(world, checkoutUrl, card);
  },
  leave: (world, { when }) => cancelCustomer(world.harness.deps, asked(world), { when }),
  keep: (world) => undoCancellation(world.harness.deps, asked(world)),
  extend: (world, { days }) => extendTrial(world.harness.deps, asked(world), { days, reason: 'asked' }),
  dashboardCancels: async (world) => world.harness.stripe.subscriptions.cancel((await subscriptionOf(world)).id),
  dashboardDeletes: async (world) => world.harness.stripe.customers.del(await keptPayerOf(world)),
  dashboardEndsWithPeriod: (world, { ends }) => change(THERE, { cancel_at_period_end: ends })(world),
  dashboardCard: async (world, { card }) => {
    const { harness } = world;
    const { id } = await subscriptionOf(world, [...THERE, 'paused']);
    const customer = await payerOf(world);
    const method = await harness.stripe.paymentMethods.attach(CARD_TOKEN[card], { customer });
    await harness.stripe.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
    await harness.stripe.subscriptions.update(id, { default_payment_method: method.id });
  },
  dashboardPlan: async (world, { plan }) => {
    const { id, items } = await subscriptionOf(world);
    const item = items.data[0];
    const price = await world.priceOf(plan, item?.price);
    const changed = { items: [{ id: item?.id ?? '', price }], proration_behavior: 'none' as const };
    await world.harness.stripe.subscriptions.update(id, changed);
  },
  dashboardPauses: async (world, { paused }) => {
    const { id, pause_collection: pause } = await subscriptionOf(world, ['trialing', 'active']);
    // The customer's own pause has an end.
    if (pause && pause.resumes_at !== null) throw new Refused();
    await world.harness.stripe.subscriptions.update(id, { pause_collection: paused ? { behavior: 'void' } : '' });
  },
  pause: (world, { months }) => pausePlan(world.harness.deps, asked(world), { months }),
  resume: (world) => resumePlan(world.harness.deps, asked(world)),
  supportRefunds: async (world, { cents }) => {
    await keptPayerOf(world);
    await refundCustomer(world.harness.deps, asked(world), { amount: cents, reason: 'asked' });
  },
  dashboardRefunds: async (world, { cents }) => {
    const { data } = await world.harness.stripe.charges.list({ customer: await keptPayerOf(world), limit: 100 });
    const newest = data.find(({ status }) => status === 'succeeded');
    const intent = newest?.payment_intent;
    if (typeof intent !== 'string' || (newest?.amount ?? 0) - (newest?.amount_refunded ?? 0) < cents)
      throw new Refused();
    await world.harness.stripe.refunds.create({ payment_intent: intent, amount: cents });
  },
  dashboardExtends: async (world, { days }) => {
    const { id, trial_end: end } = await subscriptionOf(world, ['trialing']);
    await world.harness.stripe.subscriptions.update(id, { trial_end: (end ?? 0) + days * 86_400 });
  },
  eventsAreLost: async (world, { lost }) => {
    if (lost) world.lost.add(await payerOf(world));
    else world.lost.delete(await payerOf(world));
  },
  eventsComeAgain: async (world) => {
    const { harness } = world;
    const payer = await payerOf(world);
    const { data } = await harness.stripe.events.list({ limit: 100 });
    for (const { id } of data.filter((event) => JSON.stringify(event.data).includes(payer)))
      await fetch(`${harness.stripeUrl}/_control/events/${id}/resend`, { method: 'POST' });
  },
};

/** Does it as its person would. @returns whether it was refused */
export async function carryOut(world: World, order: Operation): Promise<boolean> {
  try {
    await (DOING[order.name] as (world: World, order: Operation) => Promise<unknown>)(world, order);
    return false;
  } catch (error) {
    if (isUnknown(error)) return carryOut(world, order);
    if (error instanceof Refused || (error instanceof ApiError && error.statusCode === 409)) return true;
    throw error;
  }
}
