import type { FastifyRequest } from 'fastify';
import { viewEntitlements } from '../../infra/db/repositories/console.ts';
import { findCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { RouteCustomer, RouteSignup, Tenure } from '../../infra/product/define-route.ts';
import { checkoutState, openCheckout, storeSignup } from '../accounts/checkout.ts';
import { askerOf } from '../accounts/devices.ts';
import type { SignupsElsewhere } from '../accounts/signups-elsewhere.ts';
import { signUpOnce } from '../accounts/signup-again.ts';
import { acceptSignup, type AcceptedSignup } from '../accounts/signup-rules.ts';
import type { AppDeps } from '../http/deps.ts';
import { notFound } from '../http/errors.ts';
import { schemaProblems } from '../http/plugins/problems.ts';
import { CheckoutBody } from '../schemas/checkout.ts';
import { SignupBody } from '../schemas/signup.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import { agreedPrice } from '../support/agreed-price.ts';
import { cancelCustomer } from '../support/customer-commands.ts';
import { upgrade } from '../support/upgrade.ts';
import { eraseAccount } from '../support/erasures.ts';
import { commandRequestOf } from '../support/command-request.ts';

const seen = (customer: Customer): RouteCustomer => {
  const { customerId: id, email, companyName, fullName, slug, plan, phase, standing } = customer;
  const { instanceUrl, trialEndsAt } = customer;
  const price = agreedPrice(customer.terms) ?? null;
  return { id, email, companyName, fullName, slug, plan, price, phase, standing, instanceUrl, trialEndsAt };
};

type SignupOfRoute = RouteSignup & { readonly password?: string };

/** Held to the schema of a signup over HTTP: a route of a product's own may hand on whatever it was sent. */
function accepted(deps: AppDeps, request: FastifyRequest, signup: SignupOfRoute): AcceptedSignup {
  const asked = Object(signup) as SignupOfRoute;
  const { email, password, plan, currency, region, coupon } = asked;
  const { companyName: company_name, fullName: full_name, billingCycle: billing_cycle } = asked;
  const given = { email, password, company_name, full_name, plan, billing_cycle, currency, region, coupon };
  const body = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const validate = request.compileValidationSchema(password === undefined ? CheckoutBody : SignupBody);
  const validation = validate(body) ? [] : (validate.errors ?? []);
  return acceptSignup(
    body,
    schemaProblems({ validation }),
    deps.profile,
    password === undefined ? 'payer' : 'customer',
  );
}

/** What Tenure offers to the product's own route that handles this request. */
export function tenureFor(deps: AppDeps, request: FastifyRequest, elsewhere: SignupsElsewhere): Tenure {
  const keyHeader = request.headers['idempotency-key'];
  const key = typeof keyHeader === 'string' ? keyHeader : undefined;
  const existing = async (customerId: string): Promise<Customer> => {
    const found = await findCustomer(deps.database, customerId);
    if (!found) throw notFound('customer');
    return found;
  };
  const customer = async (customerId: string): Promise<RouteCustomer> => seen(await existing(customerId));
  return {
    customer,
    async signUp(signup) {
      const made = await signUpOnce(deps, accepted(deps, request, signup), askerOf(deps, request), key);
      return customer(made.customer.customer_id);
    },
    // Async, so that what is wrong with the signup is a rejection as every other refusal is.
    openCheckout: async (signup) => openCheckout(deps, accepted(deps, request, signup), { ip: request.ip, key }),
    checkout: (checkoutId) => checkoutState(deps, checkoutId),
    createCustomer: async ({ key: of, ...signup }) => storeSignup(deps, accepted(deps, request, signup), of),
    async createCustomerOf(identity) {
      await elsewhere.take(identity);
    },
    async entitlement(customerId) {
      const { terms } = await existing(customerId);
      const found = await viewEntitlements(deps.database, customerId);
      const { currentPeriodEnd = null, trialExpiresAt = null, status = 'none' } = found ?? {};
      return { status, currentPeriodEnd, trialExpiresAt, ...contentsOf(terms) };
    },
    upgrade: (customerId, { plan, billingCycle: cycle } = {}) =>
      upgrade(deps, commandRequestOf(request, customerId), { plan, cycle }),
    async cancel(customerId, when) {
      const { endsAt } = await cancelCustomer(deps, commandRequestOf(request, customerId), { when });
      return endsAt === null ? null : new Date(endsAt);
    },
    async erase(customerId) {
      await eraseAccount(deps, commandRequestOf(request, customerId));
    },
  };
}
