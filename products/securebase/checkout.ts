import { defineRoute, Type } from 'tenure/product';
import { PILOT_COUPON } from './pilot.ts';
import { plans } from './plans.ts';
import { inOurWords } from './refusals.ts';

const TIERS = plans.map(({ id }) => id);

// Loose, so that what is wrong is said in the product's own words.
const CheckoutBody = Type.Object(
  {
    tier: Type.Optional(Type.String({ description: `One of ${TIERS.join(', ')}; the first if absent.` })),
    email: Type.Optional(Type.String({ description: 'Required. Disposable addresses are refused.' })),
    name: Type.Optional(Type.String({ description: 'Required: the name of the company, 2 to 100 characters.' })),
    use_pilot_coupon: Type.Optional(Type.Boolean({ description: PILOT_COUPON.name, default: false })),
  },
  {
    examples: [{ tier: 'healthcare', email: 'admin@hospital.com', name: 'Hospital Corp', use_pilot_coupon: true }],
  },
);

export const openCheckout = defineRoute({
  ...{ method: 'POST', path: '/checkout', access: 'public', signup: true },
  summary: "Opens Stripe's Checkout for a new customer, with a trial of 30 days",
  body: CheckoutBody,
  replies: { 200: Type.Object({ checkout_url: Type.String(), session_id: Type.String() }) },
  async handle({ body: { tier, email = '', name = '', use_pilot_coupon: isPilot = false }, tenure }) {
    const plan = tier?.toLowerCase();
    const signup = { email, companyName: name, plan, ...(isPilot && { coupon: PILOT_COUPON.id }) };
    const opened = await tenure.openCheckout(signup).catch((error: unknown) => {
      throw inOurWords(error, { email, name, tier, tiers: TIERS });
    });
    return { body: { checkout_url: opened.checkoutUrl, session_id: opened.checkoutId } };
  },
});

const MESSAGES: Readonly<Record<string, string>> = {
  open: 'Waiting for Stripe to confirm the payment.',
  completed: 'Payment confirmed. Your account is being created.',
  customer: 'Onboarding initiated successfully',
  refused: 'An active subscription already exists for this email address.',
  expired: 'This Checkout is over. You have not been charged.',
};

export const verifyCheckout = defineRoute({
  ...{ method: 'GET', path: '/checkout/verify', access: 'public' },
  summary: 'Whether a signup is complete',
  query: Type.Object({ session_id: Type.String({ pattern: '^[a-zA-Z0-9_]{1,255}$', examples: ['cs_test_a1b2c3'] }) }),
  replies: {
    200: Type.Object({
      success: Type.Boolean({ description: 'Whether the customer has been created.' }),
      status: Type.Enum(['open', 'completed', 'customer', 'refused', 'expired']),
      customer_id: Type.Union([Type.String(), Type.Null()]),
      message: Type.String(),
    }),
  },
  async handle({ query, tenure }) {
    const { status, customerId } = await tenure.checkout(query.session_id);
    const message = MESSAGES[status] ?? status;
    return { body: { success: status === 'customer', status, customer_id: customerId, message } };
  },
});
