import { productName } from '../billing-engine/lines.ts';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import type { Coupon } from '../objects/catalogue.ts';
import type { CheckoutPlan } from '../objects/platform.ts';
import type { Store } from '../store.ts';

export const savePlan = (store: Store, session: string, plan: CheckoutPlan): void => {
  store.run('insert into checkout_plans (session, plan) values (?, ?)', session, JSON.stringify(plan));
};

export function findPlan(store: Store, session: string): CheckoutPlan {
  const [row] = store.rows('select plan from checkout_plans where session = ?', session);
  if (!row) throw new Error(`Checkout session ${session} has no plan: the data file was changed by hand.`);
  return JSON.parse(String(row.plan)) as CheckoutPlan;
}

function discountOn(amount: number, coupon: Coupon | undefined): number {
  if (!coupon) return 0;
  return coupon.percent_off === null
    ? Math.min(amount, coupon.amount_off ?? 0)
    : Math.round((amount * coupon.percent_off) / 100);
}

/** The line items as Stripe shows them; their ids are not kept, nothing refers to them. */
export function checkoutItems(context: Context, plan: CheckoutPlan) {
  const coupon = plan.coupon === null ? undefined : context.store.find('coupon', plan.coupon);
  return plan.items.map(({ price: id, quantity }) => {
    const price = context.need('price', id);
    const subtotal = price.unit_amount * quantity;
    const discount = discountOn(subtotal, coupon);
    return {
      id: newId('item'),
      object: 'item' as const,
      ...{ amount_discount: discount, amount_subtotal: subtotal, amount_tax: 0, amount_total: subtotal - discount },
      ...{ currency: price.currency, description: productName(context, price), price, quantity },
    };
  });
}

/** Amounts due on the page: a trial is free. */
export function checkoutAmounts(context: Context, plan: CheckoutPlan, currency: string | undefined) {
  const items = checkoutItems(context, plan);
  if (items.length === 0)
    return { amount_subtotal: null, amount_total: null, currency: currency ?? null, total_details: null };
  const trial = plan.subscription.trialDays !== null || plan.subscription.trialEnd !== null;
  const sum = (amounts: number[]): number => (trial ? 0 : amounts.reduce((total, amount) => total + amount, 0));
  const amount_discount = sum(items.map((item) => item.amount_discount));
  return {
    amount_subtotal: sum(items.map((item) => item.amount_subtotal)),
    amount_total: sum(items.map((item) => item.amount_total)),
    currency: items[0]?.currency ?? null,
    total_details: { amount_discount, amount_shipping: 0, amount_tax: 0 },
  };
}
