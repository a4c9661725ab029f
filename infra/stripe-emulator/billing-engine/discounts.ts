import type { Context } from '../context.ts';
import type { LineItem } from '../objects/billing.ts';
import type { Coupon } from '../objects/catalogue.ts';

interface Applied {
  lines: LineItem[];
  totals: { amount: number; discount: string }[];
}

const net = (line: LineItem): number =>
  line.discount_amounts.reduce((amount, discount) => amount - discount.amount, line.amount);

function discountLines(lines: LineItem[], discount: string, coupon: Coupon): LineItem[] {
  let left = coupon.amount_off ?? 0;
  return lines.map((line) => {
    const base = net(line);
    const amount =
      coupon.percent_off === null ? Math.max(0, Math.min(left, base)) : Math.round((base * coupon.percent_off) / 100);
    left -= amount;
    return amount === 0 ? line : { ...line, discount_amounts: [...line.discount_amounts, { amount, discount }] };
  });
}

/** Applies the discounts that hold at `instant`, one after the other, line by line. */
export function applyDiscounts(context: Context, lines: LineItem[], discounts: string[], instant: number): Applied {
  let discounted = lines;
  for (const id of stillValid(context, discounts, instant)) {
    const discount = context.need('discount', id);
    const coupon = context.store.findKept('coupon', discount.source.coupon);
    if (coupon) discounted = discountLines(discounted, id, coupon);
  }
  const totals = discounts
    .map((discount) => ({
      discount,
      amount: discounted
        .flatMap((line) => line.discount_amounts)
        .filter((entry) => entry.discount === discount)
        .reduce((sum, entry) => sum + entry.amount, 0),
    }))
    .filter(({ amount }) => amount !== 0);
  return { lines: discounted, totals };
}

const stillValid = (context: Context, discounts: string[], instant: number): string[] =>
  discounts.filter((id) => {
    const end = context.store.find('discount', id)?.end;
    return end !== undefined && (end === null || end > instant);
  });

/** What stays on the subscription once an invoice has used its discounts: a `once` coupon is spent by the first charge. */
export function discountsAfter(
  context: Context,
  discounts: string[],
  used: Applied['totals'],
  instant: number,
): string[] {
  return stillValid(context, discounts, instant).filter((id) => {
    const coupon = context.store.findKept('coupon', context.need('discount', id).source.coupon);
    return coupon?.duration !== 'once' || !used.some((entry) => entry.discount === id);
  });
}
