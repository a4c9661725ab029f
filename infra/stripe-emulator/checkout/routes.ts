import type { FastifyInstance, FastifyReply } from 'fastify';
import { cardByNumber, type TestCard } from '../cards.ts';
import { Context } from '../context.ts';
import type { Emulator } from '../emulator.ts';
import { StripeError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { CheckoutSession } from '../objects/platform.ts';
import { completeSession, needsAuthentication, successUrl, type Completion } from './complete.ts';
import { checkoutPage, closedPage, type CheckoutView } from './page.ts';
import { invoicePage } from './invoice-page.ts';
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
    due: amount_total !== null && currency !== null ? { amount: amount_total, currency } : undefined,
    trial: trialDays ? `${String(trialDays)} days free, then charged to this card.` : until,
    email: session.customer_details?.email ?? session.customer_email ?? undefined,
    cancelUrl: session.cancel_url ?? undefined,
    ...more,
  };
}

/** Chrome applies `form-action` to the redirect after the post too, so the shop's own origin has to be allowed. */
function sendPage(reply: FastifyReply, session: CheckoutSession | undefined, page: string, status = 200): FastifyReply {
  const shop = URL.parse(session?.success_url ?? '')?.origin ?? '';
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${shop}; base-uri 'none'; frame-ancestors 'none'`;
  return reply.code(status).header('Content-Security-Policy', policy).type('text/html; charset=utf-8').send(page);
}

function expiryOf(text: string | null): Pick<Completion, 'expMonth' | 'expYear'> {
  const [month, year] = (text ?? '').split('/').map(Number);
  return month && year ? { expMonth: month, expYear: 2000 + year } : {};
}

function completionOf(form: URLSearchParams, card: TestCard): Completion {
  return {
    card,
    authenticated: form.get('authentication') === 'passed',
    name: form.get('name'),
    email: form.get('email'),
    ...expiryOf(form.get('expiry')),
  };
}

const problem = (form: URLSearchParams, card: TestCard | undefined): string | undefined => {
  if (!card) return 'Only the test cards listed below work here. The number you typed was not kept.';
  return form.get('authentication') === 'failed'
    ? 'We are unable to authenticate your payment method. Please choose a different card.'
    : undefined;
};

function submit(emulator: Emulator, context: Context, session: CheckoutSession, body: string, reply: FastifyReply) {
  const form = new URLSearchParams(body);
  const card = cardByNumber(form.get('card') ?? '');
  const again = (more: Partial<CheckoutView>, status: number): FastifyReply =>
    sendPage(reply, session, checkoutPage(view(context, session, more)), status);
  const error = problem(form, card);
  if (error !== undefined || !card) return again({ error }, 402);
  const completion = completionOf(form, card);
  if (needsAuthentication(completion)) return again({ authenticating: card.number }, 200);
  try {
    const keep = (thrown: unknown): boolean => thrown instanceof StripeError && thrown.keepsEffects;
    const done = emulator.store.transaction(() => completeSession(context, session.id, completion), keep);
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
  app.get<{ Params: Params }>('/i/:id', ({ params: { id } }, reply) => {
    const invoice = emulator.store.find('invoice', id);
    if (!invoice) return sendPage(reply, undefined, closedPage('There is no such invoice.'), 404);
    return sendPage(reply, undefined, invoicePage(invoice));
  });
  app.get<{ Params: Params }>('/c/pay/:id', ({ params: { id } }, reply) =>
    open(id, reply, (context, session) => sendPage(reply, session, checkoutPage(view(context, session, {})))),
  );
  app.post<{ Params: Params }>('/c/pay/:id', ({ params: { id }, body }, reply) =>
    open(id, reply, (context, session) =>
      submit(emulator, context, session, typeof body === 'string' ? body : '', reply),
    ),
  );
}
