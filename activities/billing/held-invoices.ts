import type Stripe from 'stripe';
import { liveSubscription } from './current-subscription.ts';
import { idOf, seconds, type BillingDeps, type IdempotentInput } from './deps.ts';
import type { StoredInvoice } from './invoices.ts';
import { needsNoOtherTry } from './pay-invoice.ts';

/** Since when nothing could be used, and the customer's own time. ISO 8601. */
export interface WithoutAccess {
  readonly since: string;
  readonly now: string;
}

/** Whether all of its period has passed while nothing could be used. */
export function wasSuspended({ lines }: Stripe.Invoice, { since, now }: WithoutAccess): boolean {
  const periods = lines.data.map(({ period }) => period);
  return periods.length > 0 && periods.every(({ start, end }) => start >= seconds(since) && end <= seconds(now));
}

/** Whether Stripe left it a draft for good: it does so for a subscription that is unpaid, or whose collection is paused. */
const isHeld = ({ status, amount_due: due, auto_advance: goesOn }: StoredInvoice): boolean =>
  status === 'draft' && due > 0 && goesOn !== true;

/**
 * The drafts of a subscription that nothing will charge, the oldest first, made since the last invoice that was: what
 * somebody paused before is theirs to charge.
 */
export function heldInvoices(
  { id }: Pick<Stripe.Subscription, 'id'>,
  invoices: readonly StoredInvoice[],
): readonly StoredInvoice[] {
  const own = invoices.filter(({ parent }) => idOf(parent?.subscription_details?.subscription) === id);
  const charged = own.filter(({ status, amount_due: due }) => status !== 'draft' && due > 0);
  const last = Math.max(0, ...charged.map(({ created }) => created));
  return own.filter((one) => isHeld(one) && one.created >= last).sort((one, other) => one.created - other.created);
}

/**
 * What Stripe drafted while the subscription was unpaid, once it is paid again: a period that has passed without access is
 * not charged, any other is, once. https://docs.stripe.com/billing/subscriptions/overview#unpaid-subscriptions
 */
export async function chargeHeldInvoices(
  deps: BillingDeps,
  { customerId, key, without }: IdempotentInput & { readonly without: WithoutAccess },
): Promise<void> {
  const { stripe } = deps;
  const subscription = await liveSubscription(deps, customerId);
  const { data } = await stripe.invoices.list({ subscription: subscription.id, limit: 100 });
  const stored = data.filter((invoice): invoice is StoredInvoice => typeof invoice.id === 'string');
  for (const invoice of heldInvoices(subscription, stored)) {
    const { id } = invoice;
    const isCharged = !wasSuspended(invoice, without);
    await stripe.invoices.finalizeInvoice(id, { auto_advance: isCharged }, { idempotencyKey: `${key}:finalize:${id}` });
    if (!isCharged) await stripe.invoices.voidInvoice(id, {}, { idempotencyKey: `${key}:void:${id}` });
    else
      await stripe.invoices.pay(id, {}, { idempotencyKey: `${key}:pay:${id}` }).catch((error: unknown) => {
        if (!needsNoOtherTry(error)) throw error;
      });
  }
}
