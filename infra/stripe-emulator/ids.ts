import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const PREFIXES = {
  'billing_portal.configuration': 'bpc',
  'billing_portal.session': 'bps',
  'checkout.session': 'cs_test',
  'test_helpers.test_clock': 'clock',
  balance_transaction: 'txn',
  charge: 'ch',
  customer: 'cus',
  discount: 'di',
  dispute: 'dp',
  event: 'evt',
  invoice: 'in',
  invoice_payment: 'inpay',
  invoiceitem: 'ii',
  item: 'li',
  line_item: 'il',
  payment_intent: 'pi',
  payment_method: 'pm',
  price: 'price',
  product: 'prod',
  promotion_code: 'promo',
  refund: 're',
  request: 'req',
  setup_attempt: 'setatt',
  setup_intent: 'seti',
  subscription: 'sub',
  subscription_item: 'si',
  webhook_endpoint: 'we',
} as const;

export type IdKind = keyof typeof PREFIXES;

export const randomText = (length: number): string =>
  Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');

/** Checkout's ids are long in Stripe's world too, because they stand in a public URL. */
export const newId = (kind: IdKind): string =>
  `${PREFIXES[kind]}_${randomText(kind === 'checkout.session' ? 58 : kind === 'customer' || kind === 'product' ? 14 : 24)}`;
