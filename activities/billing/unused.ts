import { viewEntitlements, viewInvoices } from '../../infra/db/repositories/console.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { agreedCycle } from '../../infra/customers/agreed-cycle.ts';
import { unusedOf, type Unused } from '../../workflows/domain/unused.ts';
import type { BillingDeps } from './deps.ts';
import { unlessPaidBack } from './refund-all.ts';

export interface Settled {
  readonly unused: Unused;
  /** What was refunded of each invoice, in all. */
  readonly refunded: readonly { readonly invoiceId: string; readonly amount: number }[];
}

/**
 * Gives back what was paid for the days to come, if the terms say so. Safe to repeat as long as the result is not written
 * to our invoices. @returns undefined where there is nothing
 */
export async function settleUnused(
  { database, stripe }: BillingDeps,
  customer: Customer,
  key: string,
): Promise<Settled | undefined> {
  const { customerId, clockOffsetMs, terms } = customer;
  const until = (await viewEntitlements(database, customerId))?.currentPeriodEnd ?? null;
  const period = { until, cycle: agreedCycle(customer), now: Date.now() + clockOffsetMs };
  const parts = (await viewInvoices(database, customerId))
    .map((invoice) => ({ invoice, cents: unusedOf(invoice, period) }))
    .filter(({ cents }) => cents > 0);
  const [first] = parts;
  if (!first) return undefined;
  const isGivenBack = terms.whenLeavingNow === 'refund';
  const refunded = [];
  for (const { invoice, cents } of isGivenBack ? parts : []) {
    const { stripePaymentIntentId: intent, stripeInvoiceId: invoiceId, amountRefunded } = invoice;
    if (intent === null) continue;
    await stripe.refunds
      .create({ payment_intent: intent, amount: cents }, { idempotencyKey: `${key}:unused:${intent}` })
      .catch(unlessPaidBack);
    refunded.push({ invoiceId, amount: amountRefunded + cents });
  }
  const amount = parts.reduce((sum, { cents }) => sum + cents, 0);
  return { unused: { amount, currency: first.invoice.currency, isGivenBack }, refunded };
}
