import Stripe from 'stripe';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import type { NextCharge } from '../../workflows/domain/billing-state.ts';
import { discounted } from '../../workflows/domain/profiles/index.ts';
import { couponAhead } from '../../workflows/domain/terms.ts';
import { instant, type BillingDeps } from './deps.ts';
import { isProration, sumOf } from './invoice-lines.ts';

const RENEWS: readonly Stripe.Subscription.Status[] = ['trialing', 'active', 'past_due'];

type Agreeing = Pick<Customer, 'terms' | 'createdAt' | 'trialEndsAt'>;

/** The discount that was agreed on, of the payment at that date. */
const couponAt = ({ terms, createdAt, trialEndsAt }: Agreeing, { status }: Stripe.Subscription, at: Date) =>
  couponAhead({ terms, createdAt, trialEndsAt, phase: status === 'trialing' ? 'trial' : 'subscription' }, at);

const periodEnd = ({ items }: Stripe.Subscription): Date => new Date((items.data[0]?.current_period_end ?? 0) * 1_000);

const hasCredit = ({ customer }: Stripe.Subscription): boolean =>
  typeof customer !== 'string' && !customer.deleted && customer.balance !== 0;

/** Whether the price of the plan alone says what is charged next. */
function isPlain(customer: Agreeing, subscription: Stripe.Subscription): boolean {
  const { items, discounts } = subscription;
  const isOne = items.data.length === 1 && items.data[0]?.quantity === 1;
  const isWithoutDiscount =
    discounts.length === 0 && couponAt(customer, subscription, periodEnd(subscription)) === undefined;
  return isOne && isWithoutDiscount && !hasCredit(subscription);
}

/** Null when nothing is charged any more. */
async function preview(stripe: Stripe, subscription: string): Promise<Stripe.Invoice | null> {
  try {
    return await stripe.invoices.createPreview({ subscription });
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'invoice_upcoming_none') return null;
    throw error;
  }
}

/**
 * What Stripe charges next, where that may be something else than the price of the plan: somebody changed the quantity, a
 * second item or a discount there, or a credit is left. Undefined where the price says it.
 */
export async function nextChargeOf(
  { stripe }: Pick<BillingDeps, 'stripe'>,
  customer: Agreeing,
  subscription: Stripe.Subscription,
): Promise<NextCharge | undefined> {
  if (!RENEWS.includes(subscription.status) || isPlain(customer, subscription)) return undefined;
  const invoice = await preview(stripe, subscription.id);
  return invoice ? described(customer, subscription, invoice) : undefined;
}

function described(
  customer: Agreeing,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
): NextCharge | undefined {
  const whole = invoice.lines.data.filter((line) => !isProration(line));
  const price = subscription.items.data[0]?.price.unit_amount ?? null;
  if (whole.length === 0 || price === null) return undefined;
  const at = instant(Math.max(...whole.map(({ period }) => period.start)));
  const coupon = couponAt(customer, subscription, new Date(at));
  const [cents, agreed] = [sumOf(whole), coupon ? discounted(price, coupon) : price];
  return { cents, due: invoice.amount_due, currency: invoice.currency, at, ...(cents !== agreed && { agreed }) };
}
