import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { invalidRequest } from '../errors.ts';
import { newId } from '../ids.ts';
import { listObjects } from '../lists.ts';
import { mergeMetadata } from '../metadata.ts';
import { money } from '../money.ts';
import type { Charge, Refund } from '../objects/payments.ts';
import { listParams, metadataParam, oneOf, optional, params } from '../params.ts';
import { route } from '../routes.ts';

interface Target {
  charge?: string;
  payment_intent?: string;
}

function chargeOf(context: Context, { charge, payment_intent }: Target): Charge {
  if ((charge === undefined) === (payment_intent === undefined))
    throw invalidRequest('Must provide exactly one of charge or payment_intent.', { code: 'parameter_missing' });
  if (charge !== undefined) return context.need('charge', charge, 'charge');
  const intent = context.need('payment_intent', payment_intent ?? '', 'payment_intent');
  if (intent.status === 'succeeded' && intent.latest_charge) return context.need('charge', intent.latest_charge);
  throw invalidRequest(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
    param: 'payment_intent',
  });
}

/** Whoever is paid back by their bank is not paid back twice: https://docs.stripe.com/error-codes#charge-disputed */
function checkUndisputed(context: Context, { id }: Charge): void {
  if (context.store.all('dispute', { charge: id }).every(({ is_charge_refundable }) => is_charge_refundable)) return;
  throw invalidRequest(`Charge ${id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
}

function refundable(charge: Charge, asked: number | undefined): number {
  if (charge.refunded)
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  const left = charge.amount_captured - charge.amount_refunded;
  const amount = asked ?? left;
  if (amount > left)
    throw invalidRequest(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on charge (${money(left, charge.currency)})`,
      { param: 'amount' },
    );
  return amount;
}

const create = route({
  method: 'POST',
  path: '/v1/refunds',
  params: params({
    amount: optional(Type.Integer({ minimum: 1 })),
    charge: optional(Type.String()),
    metadata: optional(metadataParam),
    payment_intent: optional(Type.String()),
    reason: optional(oneOf('duplicate', 'fraudulent', 'requested_by_customer')),
  }),
  handle: (context, given) => {
    const charge = chargeOf(context, given);
    checkUndisputed(context, charge);
    const amount = refundable(charge, given.amount);
    const refund: Refund = {
      id: newId('refund'),
      object: 'refund',
      ...{ amount, balance_transaction: null, charge: charge.id, created: context.nowFor(charge) },
      ...{ currency: charge.currency, destination_details: { card: { type: 'refund' }, type: 'card' } },
      ...{ metadata: mergeMetadata({}, given.metadata), payment_intent: charge.payment_intent },
      ...{ reason: given.reason ?? null, receipt_number: null, source_transfer_reversal: null, status: 'succeeded' },
      ...{ transfer_reversal: null },
    };
    const amount_refunded = charge.amount_refunded + amount;
    const created = context.create(refund);
    const refunded = amount_refunded === charge.amount_captured;
    context.update(charge, { amount_refunded, refunded }, 'charge.refunded');
    context.emit('refund.created', created);
    return created;
  },
});

const retrieve = route({
  method: 'GET',
  path: '/v1/refunds/{refund}',
  params: params({}),
  handle: (context, _given, id) => context.need('refund', id),
});

const list = route({
  method: 'GET',
  path: '/v1/refunds',
  params: listParams({ charge: optional(Type.String()), payment_intent: optional(Type.String()) }),
  handle: ({ store }, given) => {
    const { charge, payment_intent } = given;
    return listObjects(store, 'refund', '/v1/refunds', given, { charge, payment_intent });
  },
});

export const refundRoutes = [create, retrieve, list];
