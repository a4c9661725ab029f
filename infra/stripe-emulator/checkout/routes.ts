import type { FastifyInstance, FastifyReply } from 'fastify';
import { Context } from '../context.ts';
import type { Emulator } from '../emulator.ts';
import { StripeError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { CheckoutSession } from '../objects/platform.ts';
import { readCard } from './card-entry.ts';
import { completeSession, successUrl } from './complete.ts';
import { checkoutPage, closedPage, type CheckoutView } from './page.ts';
import { keeps, sendTo } from './send-page.ts';
import { registerInvoicePages } from './invoice-routes.ts';
import { checkoutItems, findPlan } from './plan.ts';
import { price as amountOf } from '../money.ts';
import type { CheckoutPlan } from '../objects/platform.ts';

const CLOSED: Readonly<Record<CheckoutSession['status'], string>> = {
  open: '',
  complete: 'This payment is done already. You can close this window.',
  expired: 'This checkout session has expired. Go back to the shop and start again.',
};

interface Params {
  id: string;
}

const HOW_LONG = { once: 'the first payment', forever: 'every payment', repeating: 'the payments of the first months' };

/** What a coupon takes off, as Stripe's page has it. */
function discountText(context: Context, plan: CheckoutPlan): string | undefined {
  const coupon = plan.coupon === null ? undefined : context.store.find('coupon', plan.coupon);
  const [item] = checkoutItems(context, plan);
  if (!coupon || !item) return undefined;
  const { duration, duration_in_months: months, name, id } = coupon;
  const how = months === null ? HOW_LONG[duration] : `the payments of the first ${String(months)} months`;
  return `${name ?? id}: ${amountOf(item.amount_total, item.currency)} instead, for ${how}.`;
}

function view(context: Context, session: CheckoutSession, more: Partial<CheckoutView>): CheckoutView {
  const plan = findPlan(context.store, session.id);
  const { trialDays, trialEnd } = plan.subscription;
  const until = trialEnd ? `Free until ${new Date(trialEnd * 1000).toUTCString()}.` : undefined;
  const items = plan.items.map(({ price: id, quantity }) => {
    const price = context.need('price', id);
    const description = context.store.find('product', price.product)?.name ?? price.product;
    const { interval, interval_count } = price.recurring ?? { interval: 'month', interval_count: 1 };
    const every = interval_count === 1 ? interval : `${String(interval_count)} ${interval}s`;
    return { description, amount: price.unit_amount * quantity, currency: price.currency, interval: every };
  });
  const { amount_total, currency } = session;
  return {
    discount: discountText(context, plan),
    ...{ mode: session.mode, items, authenticating: undefined, error: undefined },
    button: session.mode === 'setup' ? 'Save card' : 'Subscribe',
    due: amount_total !== null && currency !== null ? { amount: amount_total, currency } : undefined,
    trial: trialDays ? `${String(trialDays)} days free, then charged to this card.` : until,
    email: session.customer_details?.email ?? session.customer_email ?? undefined,
    cancelUrl: session.cancel_url ?? undefined,
    ...more,
  };
}

const shopOf = (session: CheckoutSession | undefined): string => URL.parse(session?.success_url ?? '')?.origin ?? '';

const sendPage = (reply: FastifyReply, session: CheckoutSession | undefined, page: string, status = 200) =>
  sendTo(reply, { page, status, shop: shopOf(session) });

function submit(emulator: Emulator, context: Context, session: CheckoutSession, body: unknown, reply: FastifyReply) {
  const again = (more: Partial<CheckoutView>, status: number): FastifyReply =>
    sendPage(reply, session, checkoutPage(view(context, session, more)), status);
  const entry = readCard(body);
  if ('again' in entry) return again(entry.again, entry.again.error === undefined ? 200 : 402);
  try {
    const done = emulator.store.transaction(() => completeSession(context, session.id, entry.completion), keeps);
    return reply.redirect(successUrl(done), 303);
  } catch (thrown) {
    if (thrown instanceof StripeError) return again({ error: thrown.message }, thrown.status);
    throw thrown;
  }
}

/** The hosted pages: what a customer sees at a session's `url` and at an invoice's `hosted_invoice_url`. */
export function registerCheckout(app: FastifyInstance, emulator: Emulator): void {
  const open = (
    id: string,
    reply: FastifyReply,
    then: (context: Context, session: CheckoutSession) => FastifyReply,
  ) => {
    const context = new Context(emulator.store, emulator.settings, { id: newId('request'), idempotencyKey: null });
    const session = emulator.store.find('checkout.session', id);
    if (!session) return sendPage(reply, undefined, closedPage('There is no such checkout session.'), 404);
    if (session.status !== 'open') return sendPage(reply, session, closedPage(CLOSED[session.status]), 410);
    return then(context, session);
  };
  registerInvoicePages(app, emulator);
  app.get<{ Params: Params }>('/c/pay/:id', ({ params: { id } }, reply) =>
    open(id, reply, (context, session) => sendPage(reply, session, checkoutPage(view(context, session, {})))),
  );
  app.post<{ Params: Params }>('/c/pay/:id', ({ params: { id }, body }, reply) =>
    open(id, reply, (context, session) => submit(emulator, context, session, body, reply)),
  );
}
