/** The members Stripe puts into `error`; which of them are present depends on the kind of error. */
export interface ErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  doc_url?: string;
  payment_intent?: object;
  payment_method?: object;
  request_log_url?: string;
}

/** A refusal in Stripe's shape. Thrown anywhere below a route; the effects of the request are rolled back. */
export class StripeError extends Error {
  override readonly name: string = 'StripeError';
  readonly status: number;
  readonly body: ErrorBody;
  /** Whether what was written before the refusal stands, as a failed charge does. */
  readonly keepsEffects: boolean;

  constructor(status: number, body: ErrorBody, keepsEffects = false) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.keepsEffects = keepsEffects;
  }

  /** The same refusal, with what was written before it left standing. */
  keeping(): StripeError {
    return new StripeError(this.status, this.body, true);
  }
}

const docUrl = (code: string): string => `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`;

export const invalidRequest = (message: string, more: Partial<ErrorBody> = {}, status = 400): StripeError =>
  new StripeError(status, {
    type: 'invalid_request_error',
    message,
    ...(more.code === undefined ? {} : { doc_url: docUrl(more.code) }),
    ...more,
  });

const LABELS: Readonly<Record<string, string>> = {
  'checkout.session': 'checkout session',
  payment_method: 'PaymentMethod',
  setup_intent: 'setupintent',
  payment_intent: 'payment_intent',
  'test_helpers.test_clock': 'test clock',
};

/** Stripe answers 404 for the id in the path and 400 for an id given as a parameter. */
export const noSuch = (type: string, id: string, param: string, status: 400 | 404 = 404): StripeError =>
  invalidRequest(`No such ${LABELS[type] ?? type}: '${id}'`, { code: 'resource_missing', param }, status);

/** Reasons that are error codes of their own; all others are decline codes under `card_declined`. */
const CARD_CODES: ReadonlySet<string> = new Set([
  ...['expired_card', 'incorrect_cvc', 'invalid_expiry_month', 'invalid_expiry_year', 'processing_error'],
]);

export function cardDeclined(reason: string, message: string, more: Partial<ErrorBody> = {}): StripeError {
  const code = CARD_CODES.has(reason) ? reason : 'card_declined';
  return new StripeError(402, {
    type: 'card_error',
    code,
    ...(code === reason ? {} : { decline_code: reason }),
    message,
    doc_url: docUrl(code),
    ...more,
  });
}
