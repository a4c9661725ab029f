import type { FastifyInstance, FastifyReply } from 'fastify';
import { refusalFor } from '../billing-engine/collection.ts';
import { attachPaymentMethod, newPaymentMethod } from '../billing-engine/payment-methods.ts';
import { collectAndSettle } from '../billing-engine/subscriptions.ts';
import { Context } from '../context.ts';
import type { Emulator } from '../emulator.ts';
import { StripeError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Invoice } from '../objects/billing.ts';
import { readCard } from './card-entry.ts';
import type { Completion } from './complete.ts';
import { invoicePage, isPayable, type InvoiceView } from './invoice-page.ts';
import { invoicePdf } from './invoice-pdf.ts';
import { closedPage } from './page.ts';
import { keeps, sendTo } from './send-page.ts';

interface Address {
  Params: { id: string };
  Querystring: { s?: string };
}

/** Whoever has the address with its secret may look and pay; a draft has no address yet. */
function invoiceAt({ store }: Emulator, id: string, secret: string | undefined): Invoice | undefined {
  const invoice = store.find('invoice', id);
  const page = URL.parse(invoice?.hosted_invoice_url ?? '');
  return page && page.searchParams.get('s') === secret ? invoice : undefined;
}

/** The card is kept for the customer, and becomes nobody's default: docs.stripe.com/invoicing/hosted-invoice-page */
function payInvoice(context: Context, id: string, completion: Completion): Invoice {
  const method = newPaymentMethod(context, completion);
  const { authenticated } = completion;
  const { invoice, error } = collectAndSettle(context, context.need('invoice', id), { method, authenticated });
  if (error) throw refusalFor(error);
  attachPaymentMethod(context, method, context.need('customer', invoice.customer));
  return invoice;
}

function pay(emulator: Emulator, reply: FastifyReply, invoice: Invoice, body: unknown): FastifyReply {
  const { store, settings } = emulator;
  const again = (more: Partial<InvoiceView>, status: number): FastifyReply =>
    sendTo(reply, { page: invoicePage(invoice, more), status });
  if (!isPayable(invoice)) return again({}, 410);
  const entry = readCard(body);
  if ('again' in entry) return again(entry.again, entry.again.error === undefined ? 200 : 402);
  const context = new Context(store, settings, { id: newId('request'), idempotencyKey: null });
  try {
    store.transaction(() => payInvoice(context, invoice.id, entry.completion), keeps);
    return reply.redirect(invoice.hosted_invoice_url ?? '', 303);
  } catch (thrown) {
    if (thrown instanceof StripeError) return again({ error: thrown.message }, thrown.status);
    throw thrown;
  }
}

/** What a customer sees at an invoice's `hosted_invoice_url`, where it can be paid, and its `invoice_pdf`. */
export function registerInvoicePages(app: FastifyInstance, emulator: Emulator): void {
  const open = (
    { id, secret }: { id: string; secret: string | undefined },
    reply: FastifyReply,
    then: (found: Invoice) => FastifyReply,
  ) => {
    const found = invoiceAt(emulator, id, secret);
    return found ? then(found) : sendTo(reply, { page: closedPage('There is no such invoice.'), status: 404 });
  };
  app.get<Address>('/i/:id', ({ params: { id }, query: { s: secret } }, reply) =>
    open({ id, secret }, reply, (invoice) => sendTo(reply, { page: invoicePage(invoice) })),
  );
  app.post<Address>('/i/:id', ({ params: { id }, query: { s: secret }, body }, reply) =>
    open({ id, secret }, reply, (invoice) => pay(emulator, reply, invoice, body)),
  );
  app.get<Address>('/i/:id/pdf', ({ params: { id }, query: { s: secret } }, reply) =>
    open({ id, secret }, reply, (invoice) => {
      const name = `Invoice-${invoice.number ?? invoice.id}.pdf`;
      reply.header('Content-Disposition', `attachment; filename="${name}"`).type('application/pdf');
      return reply.send(invoicePdf(invoice));
    }),
  );
}
