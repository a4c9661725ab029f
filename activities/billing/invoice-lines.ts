import type Stripe from 'stripe';

export const isProration = ({ parent }: Stripe.InvoiceLineItem): boolean =>
  parent?.subscription_item_details?.proration === true || parent?.invoice_item_details?.proration === true;

const net = ({ amount, discount_amounts: discounts }: Stripe.InvoiceLineItem): number =>
  (discounts ?? []).reduce((left, { amount: off }) => left - off, amount);

/** What lines come to, with their discounts. */
export const sumOf = (lines: readonly Stripe.InvoiceLineItem[]): number =>
  lines.reduce((all, line) => all + net(line), 0);
