import type Stripe from 'stripe';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { linkBase } from '../../infra/product/link-base.ts';
import { getProspect, recordProspect, type Prospect } from '../../infra/db/repositories/prospects.ts';
import type { OpenedCheckout, ProspectLook } from '../../workflows/contract/prospect.ts';
import { cancelAll, closeCheckout } from './cancel.ts';
import { agreedWith, priceOf } from './catalogue.ts';
import { discountsOf } from './coupons.ts';
import { createStripeCustomer, findStripeCustomer } from './customers.ts';
import { idOf, instant, type BillingDeps, type IdempotentInput } from './deps.ts';
import { unlessMissing } from './failures.ts';
import { refundAll } from './refund-all.ts';
import { allSubscriptions, oursAmong } from './subscriptions.ts';
import { findTestClock } from './test-clock.ts';

/** Created before they pay, so that everything they have in Stripe has our id from the start. */
async function ensureCustomer(deps: BillingDeps, prospect: Prospect, key: string): Promise<string> {
  const found =
    (await findStripeCustomer(deps, prospect)) ??
    (await createStripeCustomer(deps, prospect, { key, now: new Date().toISOString() }));
  const stripeTestClockId = idOf(found.test_clock);
  await recordProspect(deps.database, prospect.customerId, { stripeCustomerId: found.id, stripeTestClockId });
  return found.id;
}

const session = async (
  deps: BillingDeps,
  { customerId, terms }: Prospect,
  { customer, price, key }: { readonly customer: string; readonly price: string; readonly key: string },
): Promise<Stripe.Checkout.Session> => {
  const metadata = { customer_id: customerId, profile: terms.profile };
  const pages = linkBase(deps, terms.profile);
  return deps.stripe.checkout.sessions.create(
    {
      ...{ mode: 'subscription', customer, line_items: [{ price, quantity: 1 }] },
      ...(await discountsOf(deps, terms)),
      client_reference_id: customerId,
      metadata,
      subscription_data: {
        metadata,
        // Stripe counts whole days.
        trial_period_days: Math.max(1, Math.round(terms.trialDays)),
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      },
      success_url: `${pages}/welcome?session_id={CHECKOUT_SESSION_ID}`,
      cancel_url: `${pages}/welcome/cancelled`,
    },
    { idempotencyKey: key },
  );
};

/** Opens the Checkout in which a prospect pays before they become a customer. Repeated, it returns the same one. */
export async function openProspectCheckout(
  deps: BillingDeps,
  { customerId, key }: IdempotentInput,
): Promise<OpenedCheckout> {
  const prospect = await getProspect(deps.database, customerId);
  const { checkoutId, checkoutUrl, terms } = prospect;
  if (checkoutId !== null && checkoutUrl !== null) return { checkoutId, checkoutUrl };
  const customer = await ensureCustomer(deps, prospect, key);
  const price = await priceOf(deps, agreedWith({ profile: terms.profile, plan: terms.plan, terms }));
  const opened = await session(deps, prospect, { customer, price, key: `${key}:session` });
  if (opened.url === null) throw new Error('Stripe opened a Checkout without a URL.');
  await deps.database.transaction().execute(async (transaction) => {
    await recordProspect(transaction, customerId, { checkoutId: opened.id, checkoutUrl: opened.url });
    await appendAudit(transaction, {
      ...{ customerId, actor: 'customer', action: 'checkout.opened', commandId: opened.id },
      details: { checkoutId: opened.id, plan: terms.plan },
    });
  });
  return { checkoutId: opened.id, checkoutUrl: opened.url };
}

async function trialEndOf({ stripe }: BillingDeps, { subscription }: Stripe.Checkout.Session): Promise<string | null> {
  const id = idOf(subscription);
  const existing = id === null ? undefined : await unlessMissing(stripe.subscriptions.retrieve(id));
  return existing?.trial_end ? instant(existing.trial_end) : null;
}

/** Whether a prospect has done what is required to become a customer. Without a Checkout, what Postgres says counts. */
export async function lookAtProspect(
  deps: BillingDeps,
  { customerId }: Pick<IdempotentInput, 'customerId'>,
): Promise<ProspectLook> {
  const { checkoutId, state } = await getProspect(deps.database, customerId);
  if (checkoutId === null) return state === 'ready' ? { is: 'ready', trialEndsAt: null } : { is: 'open' };
  const opened = await unlessMissing(deps.stripe.checkout.sessions.retrieve(checkoutId));
  if (opened?.status === 'complete') return { is: 'ready', trialEndsAt: await trialEndOf(deps, opened) };
  return { is: opened?.status === 'open' ? 'open' : 'over' };
}

/** Makes the Checkout unusable. One that was completed, or never opened, is left alone. */
export async function closeProspectCheckout(deps: BillingDeps, { customerId, key }: IdempotentInput): Promise<void> {
  const { checkoutId } = await getProspect(deps.database, customerId);
  if (checkoutId !== null) await closeCheckout(deps, checkoutId, key);
}

/** Cancels what they have in Stripe, refunds it, and deletes them there: they will not become a customer. */
export async function takeBackProspect(deps: BillingDeps, { customerId, key }: IdempotentInput): Promise<void> {
  const prospect = await getProspect(deps.database, customerId);
  const found = await findStripeCustomer(deps, prospect);
  if (!found) return;
  // First: once the subscriptions are over, nothing else would remember that the refund is due.
  const subscriber = { customerId, stripeSubscriptionId: null };
  for (const { id } of await oursAmong(deps, await allSubscriptions(deps, found.id), subscriber))
    await refundAll(deps, id, key);
  await cancelAll(deps, { subscriber, stripeCustomerId: found.id, key });
  const clock = await findTestClock(deps, prospect);
  await unlessMissing(deps.stripe.customers.del(found.id, {}, { idempotencyKey: `${key}:customer` }));
  if (clock !== undefined) await unlessMissing(deps.stripe.testHelpers.testClocks.del(clock));
}
