import type { EntitlementsView, StackView } from '../../infra/db/repositories/console.ts';
import type { Customer } from '../../infra/db/repositories/customers.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import { priceReply } from '../support/agreed-price.ts';
import { priceSold } from '../../workflows/domain/terms.ts';
import { hasInstance } from '../../workflows/domain/core-steps.ts';
import { isInPlace, NO_INSTANCE, s3Word } from '../support/status-words.ts';

export const iso = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;
const unixSeconds = (date: Date | null): number | null => (date ? Math.floor(date.getTime() / 1000) : null);

/** Another plan that begins later. */
function planAheadReply({ terms: { planAhead } }: Customer) {
  if (!planAhead) return null;
  const price = priceSold(planAhead.plan);
  return {
    ...{ plan: planAhead.plan.plan, billing_cycle: price?.cycle ?? null, begins_at: planAhead.from },
    ...{ amount: price?.cents ?? null, currency: price?.currency ?? null },
  };
}

export const customerReply = (customer: Customer) => ({
  customer_id: customer.customerId,
  email: customer.email,
  company_name: customer.companyName,
  full_name: customer.fullName,
  plan: customer.plan,
  price: priceReply(customer),
  plan_ahead: planAheadReply(customer),
  phase: customer.phase,
  standing: customer.standing,
  subscription_status: customer.subscriptionStatus,
  deployment_status: hasInstance(customer.terms) ? customer.deploymentStatus : NO_INSTANCE,
  instance_url: customer.instanceUrl,
  trial_ends_at: iso(customer.trialEndsAt),
  created_at: customer.createdAt.toISOString(),
});

const helmReply = (stack: StackView | undefined) =>
  stack
    ? { status: stack.lastResult ?? stack.status, version: stack.version, lastDeployed: iso(stack.endedAt) }
    : { status: 'absent', version: 0, lastDeployed: null };

/** Helm's words, filled from the stack; a resource is ready when its operation is done. */
export const deploymentReply = (customer: Customer, stack: StackView | undefined) => ({
  customer: {
    deploymentStatus: hasInstance(customer.terms) ? s3Word(customer.deploymentStatus) : NO_INSTANCE,
    instanceUrl: customer.instanceUrl,
    deployedAt: iso(customer.deployedAt),
    deploymentError: customer.deploymentError,
  },
  helm: helmReply(stack),
  pods: (stack?.progress ?? []).map(({ resource, state }) => ({
    name: resource,
    status: state,
    ready: isInPlace(state),
  })),
});

const NO_ENTITLEMENT = { status: 'none', plan: null, currentPeriodEnd: null, trialExpiresAt: null, updatedAt: null };
const NO_CONTENTS = { features: [], limits: {} };

/** A missing record is an answer, not an error. @param subject - of the token, where the identity is elsewhere */
export function entitlementsReply(
  row: EntitlementsView | undefined,
  customer?: Pick<Customer, 'terms'>,
  subject?: string,
) {
  const { features, limits } = customer ? contentsOf(customer.terms) : NO_CONTENTS;
  const { status, plan, currentPeriodEnd, trialExpiresAt, updatedAt } = row ?? NO_ENTITLEMENT;
  return {
    ...(subject !== undefined && { cognito_sub: subject }),
    ...{ status, plan, plan_id: customer?.terms.plan ?? null },
    current_period_end: unixSeconds(currentPeriodEnd),
    trial_expires_at: unixSeconds(trialExpiresAt),
    updatedAt: iso(updatedAt),
    features: [...features],
    limits: { ...limits },
  };
}
