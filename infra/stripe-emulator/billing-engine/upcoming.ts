import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { randomText } from '../ids.ts';
import type { Invoice, Subscription } from '../objects/billing.ts';
import { draftPeriod } from './renewal.ts';
import { updateItems, type ItemsUpdate } from './subscription-update.ts';

const NONE = invalidRequest('No upcoming invoices for customer.', { code: 'invoice_upcoming_none' }, 404);

const renews = ({ ended_at: endedAt, cancel_at_period_end: atEnd, status }: Subscription): boolean =>
  endedAt === null && !atEnd && status !== 'paused';

/** Of the period that follows, or of the trial's end. */
function draftNext(context: Context, subscription: Subscription): Invoice {
  const start = subscription.items.data[0]?.current_period_end ?? context.nowFor(subscription);
  return draftPeriod(context, subscription, { start, reason: 'upcoming', at: start }).draft;
}

/**
 * The invoice that comes next, or that a change would make at once: nothing of it is there yet.
 * https://docs.stripe.com/api/invoices/create_preview
 */
export const upcoming = (context: Context, subscription: Subscription, change: ItemsUpdate | undefined): Invoice =>
  context.whatIf((trying) => {
    if (change) updateItems(trying, subscription, { ...change, failure: 'allow_incomplete' });
    const changed = trying.need('subscription', subscription.id);
    const atOnce = changed.latest_invoice === subscription.latest_invoice ? null : changed.latest_invoice;
    if (atOnce === null && !renews(changed)) throw NONE;
    const invoice = atOnce === null ? draftNext(trying, changed) : trying.need('invoice', atOnce);
    return {
      ...invoice,
      id: `upcoming_in_${randomText(24)}`,
      ...{ status: 'draft', number: null, billing_reason: 'upcoming', hosted_invoice_url: null, invoice_pdf: null },
      ...{ amount_paid: 0, amount_remaining: invoice.amount_due, attempted: false, attempt_count: 0 },
    };
  });
