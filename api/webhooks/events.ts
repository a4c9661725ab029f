/** Where Stripe sends them: the sources differ in the path, and both have one handler. By operation of the document. */
export const WEBHOOK_PATHS = {
  receiveStripeEvent: '/webhooks/stripe',
  receiveStripeEventAlso: '/stripe/webhook',
} as const;

/**
 * The events we know, and the kind of object each is about. What they mean is decided by reading Stripe again, so a
 * new one of a known meaning is one line here.
 */
export const STRIPE_EVENTS = {
  'charge.dispute.closed': { object: 'dispute' },
  'charge.dispute.created': { object: 'dispute' },
  'charge.dispute.funds_reinstated': { object: 'dispute' },
  'charge.dispute.funds_withdrawn': { object: 'dispute' },
  'charge.dispute.updated': { object: 'dispute' },
  'charge.refunded': { object: 'charge' },
  'checkout.session.completed': { object: 'checkout.session' },
  'checkout.session.expired': { object: 'checkout.session' },
  'customer.deleted': { object: 'customer' },
  'customer.updated': { object: 'customer' },
  'customer.subscription.created': { object: 'subscription' },
  'customer.subscription.updated': { object: 'subscription' },
  'customer.subscription.deleted': { object: 'subscription' },
  'customer.subscription.trial_will_end': { object: 'subscription' },
  'customer.subscription.paused': { object: 'subscription' },
  'customer.subscription.resumed': { object: 'subscription' },
  'invoice.created': { object: 'invoice' },
  'invoice.finalized': { object: 'invoice' },
  'invoice.marked_uncollectible': { object: 'invoice' },
  'invoice.paid': { object: 'invoice' },
  'invoice.payment_succeeded': { object: 'invoice' },
  'invoice.payment_action_required': { object: 'invoice' },
  'invoice.payment_failed': { object: 'invoice' },
  'invoice.voided': { object: 'invoice' },
  'refund.created': { object: 'refund' },
} as const satisfies Record<string, { readonly object: string }>;

export const knownEvent = (type: string): { readonly object: string } | undefined =>
  (STRIPE_EVENTS as Readonly<Record<string, { readonly object: string }>>)[type];
