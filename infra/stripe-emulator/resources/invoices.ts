import { Type } from 'typebox';
import { refusalFor } from '../billing-engine/collection.ts';
import { giveUp } from '../billing-engine/giving-up.ts';
import { finalizeInvoice, startAdvancing, stopAdvancing } from '../billing-engine/invoices.ts';
import { settleOutside } from '../billing-engine/outside.ts';
import { ownPaymentMethod } from '../billing-engine/payment-methods.ts';
import { isSent, sendInvoice } from '../billing-engine/sent-invoices.ts';
import { bill, collectAndSettle } from '../billing-engine/subscriptions.ts';
import { upcoming } from '../billing-engine/upcoming.ts';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { embedded, embeddedPage, listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import type { Invoice } from '../objects/billing.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';
import { changedItems, itemsUpdate, proration } from './subscription-update.ts';

const retrieve = route({
  method: 'GET',
  path: '/v1/invoices/{invoice}',
  params: params({}),
  handle: (context, _given, id) => context.need('invoice', id),
});

const preview = route({
  method: 'POST',
  path: '/v1/invoices/create_preview',
  params: params({
    subscription: Type.String(),
    subscription_details: optional(Type.Object({ items: optional(changedItems), ...proration })),
  }),
  handle: (context, { subscription: id, subscription_details: { items, ...how } = {} }) => {
    const subscription = context.need('subscription', id, 'subscription');
    return upcoming(context, subscription, items && itemsUpdate(context, subscription, { ...how, items }));
  },
});

const list = route({
  method: 'GET',
  path: '/v1/invoices',
  params: listParams({
    customer: optional(Type.String()),
    status: optional(oneOf('draft', 'open', 'paid', 'uncollectible', 'void')),
    subscription: optional(Type.String()),
  }),
  handle: ({ store }, given) => {
    const { customer, status, subscription } = given;
    const where = { customer, status, 'parent.subscription_details.subscription': subscription };
    return listObjects(store, 'invoice', '/v1/invoices', given, where);
  },
});

const lines = route({
  method: 'GET',
  path: '/v1/invoices/{invoice}/lines',
  params: listParams({}),
  handle: (context, given, id) => embeddedPage(context.need('invoice', id).lines, given),
});

/** https://docs.stripe.com/invoicing/integration/automatic-advancement-collection */
function advance(context: Context, invoice: Invoice, on: boolean): Invoice {
  if (invoice.status !== 'draft' && invoice.status !== 'open')
    throw invalidRequest('You can only change auto_advance of a draft or open invoice.', { param: 'auto_advance' });
  if (!on) return stopAdvancing(context, invoice);
  if (invoice.status === 'draft') return startAdvancing(context, invoice);
  return context.update(invoice, { auto_advance: true }, 'invoice.updated');
}

const update = route({
  method: 'POST',
  path: '/v1/invoices/{invoice}',
  params: params({ auto_advance: optional(Type.Boolean()), metadata: optional(metadataParam) }),
  handle: (context, { auto_advance, metadata }, id) => {
    const invoice = context.need('invoice', id);
    const noted = { metadata: mergeMetadata(invoice.metadata, metadata) };
    const changed = context.update(invoice, noted, 'invoice.updated');
    return auto_advance === undefined ? changed : advance(context, changed, auto_advance);
  },
});

const finalize = route({
  method: 'POST',
  path: '/v1/invoices/{invoice}/finalize',
  params: params({ auto_advance: optional(Type.Boolean()) }),
  handle: (context, { auto_advance }, id) => {
    const invoice = context.need('invoice', id);
    if (invoice.status !== 'draft')
      throw invalidRequest('This invoice is already finalized, you cannot re-finalize a non-draft invoice.', {
        code: 'invoice_not_editable',
      });
    const draft = context.update(invoice, { auto_advance: auto_advance ?? invoice.auto_advance });
    // Without it Stripe opens the invoice and leaves its collection to others.
    return draft.auto_advance ? bill(context, draft).invoice : finalizeInvoice(context, draft);
  },
});

function checkPayable({ status }: Invoice): void {
  if (status === 'paid') throw invalidRequest('Invoice is already paid', { code: 'invoice_already_paid' });
  if (status === 'void')
    throw invalidRequest(`You cannot pay an invoice with a status of ${status}.`, { code: 'invoice_not_open' });
}

const pay = route({
  method: 'POST',
  path: '/v1/invoices/{invoice}/pay',
  params: params({
    payment_method: optional(Type.String()),
    off_session: optional(Type.Boolean()),
    paid_out_of_band: optional(Type.Boolean()),
  }),
  handle: (context, { payment_method, paid_out_of_band }, id) => {
    const invoice = context.need('invoice', id);
    checkPayable(invoice);
    if (paid_out_of_band) return settleOutside(context, invoice);
    const owner = context.need('customer', invoice.customer);
    const method = payment_method ? ownPaymentMethod(context, payment_method, owner, 'payment_method') : undefined;
    // A draft is finalised on the way, without waiting for its hour.
    const settle = invoice.status === 'draft' ? bill : collectAndSettle;
    const { invoice: settled, error } = settle(context, invoice, { method, asked: true });
    if (error) throw refusalFor(error);
    return settled;
  },
});

const send = route({
  method: 'POST',
  path: '/v1/invoices/{invoice}/send',
  params: params({}),
  handle: (context, _given, id) => {
    const invoice = context.need('invoice', id);
    if (!isSent(invoice)) throw invalidRequest(`You can only send an invoice whose collection_method is send_invoice.`);
    if (invoice.status === 'draft') return bill(context, invoice).invoice;
    if (invoice.status === 'open') return sendInvoice(context, invoice);
    throw invalidRequest(`This invoice is ${invoice.status}: only a draft or open one can be sent.`);
  },
});

const voidInvoice = route({
  method: 'POST',
  path: '/v1/invoices/{invoice}/void',
  params: params({}),
  handle: (context, _given, id) => giveUp(context, context.need('invoice', id), 'void'),
});

const markUncollectible = route({
  method: 'POST',
  path: '/v1/invoices/{invoice}/mark_uncollectible',
  params: params({}),
  handle: (context, _given, id) => giveUp(context, context.need('invoice', id), 'uncollectible'),
});

const listPayments = route({
  method: 'GET',
  path: '/v1/invoice_payments',
  params: listParams({ invoice: optional(Type.String()), status: optional(oneOf('open', 'paid', 'canceled')) }),
  handle: ({ store }, given) => {
    const { invoice, status } = given;
    return listObjects(store, 'invoice_payment', '/v1/invoice_payments', given, { invoice, status });
  },
});

const retrievePayment = route({
  method: 'GET',
  path: '/v1/invoice_payments/{invoice_payment}',
  params: params({}),
  handle: (context, _given, id) => context.need('invoice_payment', id),
});

/** Filled in when `payments` is expanded. */
export const invoicePayments = (context: Context, invoice: string) =>
  embedded(context.store.all('invoice_payment', { invoice }), `/v1/invoice_payments?invoice=${invoice}`);

export const invoiceRoutes = [
  preview,
  retrieve,
  list,
  lines,
  update,
  finalize,
  pay,
  send,
  voidInvoice,
  markUncollectible,
  listPayments,
  retrievePayment,
];
