import { cardByLast4 } from '../cards.ts';
import type { Context } from '../context.ts';
import { newId, randomText } from '../ids.ts';
import type { Metadata } from '../objects/base.ts';
import type { PaymentMethod } from '../objects/customers.ts';
import type { SetupIntent } from '../objects/payments.ts';
import { attachPaymentMethod, declineFor } from './payment-methods.ts';

const FIXED = {
  ...{ allowed_payment_method_types: null, application: null, automatic_payment_methods: null },
  ...{ cancellation_reason: null, customer_account: null, description: null, flow_directions: null },
  ...{ last_setup_error: null, latest_attempt: null, livemode: false, mandate: null, next_action: null },
  ...{ on_behalf_of: null, payment_method_configuration_details: null, payment_method_types: ['card'] },
  payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
  ...{ single_use_mandate: null, usage: 'off_session' },
};

export function newSetupIntent(context: Context, customer: string | null, metadata: Metadata): SetupIntent {
  const id = newId('setup_intent');
  const intent: SetupIntent = {
    id,
    object: 'setup_intent',
    ...FIXED,
    ...{ client_secret: `${id}_secret_${randomText(24)}`, created: context.nowFor({ customer }), customer, metadata },
    ...{ payment_method: null, status: 'requires_payment_method' },
  };
  return context.create(intent, 'setup_intent.created');
}

/**
 * Confirms with a card. A declined one is recorded on the intent and refused with 402, and what was recorded stands.
 * @param authenticated whether the card's holder has passed 3-D Secure
 */
export function confirmSetupIntent(
  context: Context,
  intent: SetupIntent,
  method: PaymentMethod,
  authenticated = false,
): SetupIntent {
  const card = cardByLast4(method.card.last4);
  if (card?.onSetup === 'declined') {
    const refusal = declineFor(card.declineCode ?? 'generic_decline', method);
    const failed = context.update(intent, { last_setup_error: refusal.body, status: 'requires_payment_method' });
    context.emit('setup_intent.setup_failed', failed);
    throw refusal.keeping();
  }
  if (card?.onSetup === 'authenticate' && !authenticated) {
    const next = { status: 'requires_action' as const, payment_method: method.id };
    const waiting = context.update(intent, next);
    context.emit('setup_intent.requires_action', waiting);
    return waiting;
  }
  if (intent.customer !== null) attachPaymentMethod(context, method, context.need('customer', intent.customer));
  const done = context.update(intent, { status: 'succeeded', payment_method: method.id, last_setup_error: null });
  context.emit('setup_intent.succeeded', done);
  return done;
}
