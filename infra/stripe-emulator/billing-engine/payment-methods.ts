import { createHash } from 'node:crypto';
import { cardByLast4, cardByToken, DECLINE_MESSAGES, type TestCard } from '../cards.ts';
import type { Context } from '../context.ts';
import { cardDeclined, invalidRequest, noSuch, type StripeError } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Subscription } from '../objects/billing.ts';
import type { Customer, PaymentMethod } from '../objects/customers.ts';

const NO_ADDRESS = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export interface CardData {
  card: TestCard;
  expMonth?: number;
  expYear?: number;
  name?: string | null;
  email?: string | null;
}

/** Longer than a customer's clock is usually moved. */
const YEARS_VALID = 10;

function checkExpiry(month: number | undefined, year: number | undefined, now: number): void {
  if (month === undefined || year === undefined || Date.UTC(year, month, 1) > now * 1000) return;
  const code = year < new Date(now * 1000).getUTCFullYear() ? 'invalid_expiry_year' : 'invalid_expiry_month';
  throw cardDeclined(code, `Your card's expiration ${code.slice('invalid_expiry_'.length)} is invalid.`);
}

export function newPaymentMethod(context: Context, { card, expMonth, expYear, name, email }: CardData): PaymentMethod {
  checkExpiry(expMonth, expYear, context.now());
  const fingerprint = createHash('sha256').update(card.number).digest('base64url').slice(0, 16);
  const method: PaymentMethod = {
    id: newId('payment_method'),
    object: 'payment_method',
    ...{ allow_redisplay: 'unspecified', livemode: false, type: 'card' },
    billing_details: {
      address: NO_ADDRESS,
      email: email ?? null,
      name: name ?? null,
      phone: null,
      tax_id: null,
    } as never,
    card: {
      ...{ brand: card.brand, display_brand: card.brand, country: 'US', fingerprint, funding: 'credit' },
      ...{ exp_month: expMonth ?? 12, exp_year: expYear ?? new Date().getUTCFullYear() + YEARS_VALID },
      ...{ checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' } },
      ...{ generated_from: null, last4: card.number.slice(-4), networks: { available: [card.brand], preferred: null } },
      ...{ regulated_status: 'unregulated', three_d_secure_usage: { supported: true }, wallet: null },
    },
    created: context.now(),
    ...{ customer: null, customer_account: null, metadata: {} },
  };
  return context.create(method);
}

/** A shared test token (`pm_card_visa`) becomes a payment method of its own each time it is used, as at Stripe. */
export function resolvePaymentMethod(context: Context, idOrToken: string, param: string): PaymentMethod {
  const token = cardByToken(idOrToken);
  if (token) return newPaymentMethod(context, { card: token });
  return context.need('payment_method', idOrToken, param);
}

export function declineFor(code: string, method?: PaymentMethod): StripeError {
  return cardDeclined(
    code,
    DECLINE_MESSAGES[code] ?? 'Your card was declined.',
    method ? { payment_method: method } : {},
  );
}

/** Whether a card may be kept for later: cards that decline at set-up cannot be attached. */
function checkAttachable(method: PaymentMethod): void {
  const card = cardByLast4(method.card.last4);
  if (!card) throw noSuch('payment_method', method.id, 'payment_method', 400);
  if (card.onSetup === 'declined') throw declineFor(card.declineCode ?? 'generic_decline');
}

/** Nothing on the object itself tells a detached payment method from one that was never attached. */
const wasDetached = (context: Context, { id }: PaymentMethod): boolean =>
  context.store.rows(
    `select 1 from events where type = 'payment_method.detached' and json_extract(data, '$.data.object.id') = ?`,
    id,
  ).length > 0;

export function attachPaymentMethod(context: Context, method: PaymentMethod, customer: Customer): PaymentMethod {
  if (method.customer === customer.id) return method;
  if (method.customer !== null)
    throw invalidRequest('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
      param: 'customer',
    });
  if (wasDetached(context, method))
    throw invalidRequest(
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
      { code: 'payment_method_unexpected_state' },
    );
  checkAttachable(method);
  return context.update(method, { customer: customer.id }, 'payment_method.attached');
}

/** A default payment method given by id or token; it must belong to the customer. */
export function ownPaymentMethod(
  context: Context,
  idOrToken: string,
  customer: Customer,
  param: string,
): PaymentMethod {
  const method = resolvePaymentMethod(context, idOrToken, param);
  if (method.customer === customer.id) return method;
  if (method.customer === null && method.id !== idOrToken) return attachPaymentMethod(context, method, customer);
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param },
  );
}

/** What pays a subscription: its own default, else the customer's. One that was detached pays nothing any more. */
export function payingMethod(context: Context, subscription: Subscription): PaymentMethod | undefined {
  const customer = context.need('customer', subscription.customer);
  return [subscription.default_payment_method, customer.invoice_settings.default_payment_method]
    .map((id) => (id === null ? undefined : context.store.find('payment_method', id)))
    .find((method) => method?.customer === customer.id);
}

/** A card is good until the end of the month that stands on it. */
const isExpired = ({ card: { exp_month, exp_year } }: PaymentMethod, now: number): boolean =>
  Date.UTC(exp_year, exp_month, 1) <= now * 1000;

export const AUTHENTICATION = 'authentication_required';

function asksFor(context: Context, { id }: PaymentMethod, card: TestCard): boolean {
  if (card.onSetup !== 'authenticate') return false;
  const wasSetUp = context.store.all('setup_intent', { payment_method: id, status: 'succeeded' }).length > 0;
  return !wasSetUp || card.asksEachTime === true;
}

/**
 * Why a charge would be declined; undefined when it goes through. 3-D-Secure cards pay once they were set up, or each
 * time that their holder passes it: https://docs.stripe.com/testing#authentication-and-setup
 */
export function declineOf(context: Context, method: PaymentMethod, authenticated = false): string | undefined {
  const card = cardByLast4(method.card.last4);
  if (!card?.chargeable) return card?.declineCode ?? 'generic_decline';
  if (isExpired(method, context.nowFor(method))) return 'expired_card';
  return !authenticated && asksFor(context, method, card) ? AUTHENTICATION : undefined;
}
