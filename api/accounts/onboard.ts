import { hasInstance } from '../../workflows/domain/core-steps.ts';
import { appendAudit } from '../../infra/db/repositories/audit.ts';
import { findCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, invalid, type Problem } from '../http/errors.ts';
import type { OnboardBody } from '../schemas/onboard.ts';
import { findProfile, makesInstance, type Profile } from '../../workflows/domain/profiles/index.ts';
import { frameworksWithGuardrails } from '../../infra/tenant-stacks/frameworks.ts';
import { agreedPrice } from '../support/agreed-price.ts';
import { violatedConstraint } from '../../infra/db/constraints.ts';
import { refuseWhenElsewhere } from './elsewhere.ts';
import { startSoon, createFromSignup, type StaffSignup } from './sign-up.ts';
import { acceptSignup, type AcceptedSignup } from './signup-rules.ts';

export interface Onboarded {
  /** `created` now, `started` although it existed, or already done before. */
  readonly outcome: 'created' | 'started' | 'already_there';
  readonly customer: Customer;
}

/** What a second request for the same customer must not change, and how to compare it. */
const FIXED_DETAILS: Readonly<
  Record<
    string,
    {
      readonly current: (customer: Customer) => string | null;
      readonly requested: (signup: AcceptedSignup, staff: StaffSignup, there: Customer) => string | null;
    }
  >
> = {
  company_name: { current: ({ companyName }) => companyName, requested: ({ companyName }) => companyName },
  email: { current: ({ emailNorm }) => emailNorm, requested: ({ emailNorm }) => emailNorm },
  plan: { current: ({ plan }) => plan, requested: ({ plan }) => plan.id },
  billing_cycle: {
    current: ({ terms }) => agreedPrice(terms)?.cycle ?? null,
    requested: ({ cycle = 'monthly' }) => cycle,
  },
  currency: {
    current: ({ terms }) => agreedPrice(terms)?.currency ?? null,
    requested: ({ currency }, _, { profile }) => currency ?? findProfile(profile).currency,
  },
  region: { current: ({ region }) => region, requested: ({ region }) => region ?? null },
  framework: {
    current: ({ complianceFramework }) => complianceFramework,
    requested: ({ plan }, { framework }) => framework ?? plan.framework ?? null,
  },
  skip_provisioning: {
    current: ({ terms }) => String(!hasInstance(terms)),
    // Where nobody has an instance, there is nothing to skip.
    requested: (_, { withoutInstance }, { profile }) => String(withoutInstance || !makesInstance(findProfile(profile))),
  },
};

const differences = (customer: Customer, signup: AcceptedSignup, staff: StaffSignup): Problem[] =>
  Object.entries(FIXED_DETAILS)
    .map(([field, { current, requested }]) => ({
      field,
      there: current(customer),
      wanted: requested(signup, staff, customer),
    }))
    .filter(({ there, wanted }) => there !== wanted)
    .map(({ field, there, wanted }) => ({
      field,
      message: `${field} is ${there ?? 'not set'}, not ${wanted ?? 'unset'}.`,
    }));

const refusal = (code: string, message: string, problems: readonly Problem[] = []): ApiError =>
  new ApiError(409, { error: 'Not possible now', message, code, problems });

/** For a customer who already exists: the same details are fine, different ones cannot be changed here. */
async function resumeSignup(
  deps: AppDeps,
  customer: Customer,
  signup: AcceptedSignup,
  staff: StaffSignup,
): Promise<Onboarded> {
  const { customerId, phase, terms, trialEndsAt, createdAt, workflowStartedAt } = customer;
  if (phase === 'ended') throw refusal('customer_ended', 'This customer has left.');
  const problems = differences(customer, signup, staff);
  if (problems.length > 0)
    throw refusal(
      'particulars_differ',
      `${customerId} already exists with different details: ${problems.map(({ message }) => message).join(' ')}`,
      problems,
    );
  if (workflowStartedAt !== null) return { outcome: 'already_there', customer };
  const { actor, reason } = staff;
  await appendAudit(deps.database, { customerId, actor, reason, action: 'customer.taken_up' });
  await startSoon(deps, { customerId, terms, trialEndsAt, createdAt });
  return { outcome: 'started', customer };
}

/** Of its plans, and those that its target has guardrails for; none where frameworks mean nothing to the product. */
function frameworksOf({ plans, target }: Profile): readonly string[] {
  const sold = plans.flatMap(({ framework }) => framework ?? []);
  return [...new Set([...sold, ...frameworksWithGuardrails(target)])];
}

/** One without guardrails would only fail when the stack is built. */
function refuseUnknownFramework(profile: Profile, framework: string | undefined): void {
  const known = frameworksOf(profile);
  if (framework === undefined || known.length === 0 || known.includes(framework)) return;
  const message = `framework must be one of ${known.join(', ')}.`;
  throw invalid('The request is not valid', [{ field: 'framework', message }]);
}

function accepted(deps: AppDeps, body: OnboardBody): AcceptedSignup {
  refuseUnknownFramework(deps.profile, body.framework);
  const { email, company_name, full_name, plan, billing_cycle, currency, region } = body;
  const sent = { email, company_name, full_name, plan, billing_cycle, currency, region };
  return acceptSignup(sent, [], deps.profile, 'staff');
}

/** @returns the customer of that id, if there is one */
async function known({ database }: AppDeps, customerId: string | undefined): Promise<Customer | undefined> {
  return customerId === undefined ? undefined : findCustomer(database, customerId);
}

/**
 * Creates a customer for staff, by the same path as a signup, without a password: a link to set one is mailed to
 * them. With `customer_id` it is idempotent: repeated with the same details it changes nothing.
 * @throws ApiError 400 naming what is wrong, 409 where customers sign up elsewhere, and when the address is taken, the
 * customer has left, or is another one
 */
export async function onboardCustomer(deps: AppDeps, body: OnboardBody, actor: string): Promise<Onboarded> {
  refuseWhenElsewhere(deps);
  const signup = accepted(deps, body);
  const { customer_id: customerId, framework = null, skip_provisioning: withoutInstance = false, reason } = body;
  const staff: StaffSignup = { actor, reason, customerId, framework, withoutInstance };
  const there = await known(deps, customerId);
  if (there) return resumeSignup(deps, there, signup, staff);
  try {
    const stored = await createFromSignup(deps, signup, staff);
    const customer = await findCustomer(deps.database, stored.customerId);
    if (!customer) throw new Error('The customer was stored and is not there.');
    return { outcome: 'created', customer };
  } catch (error) {
    // Two requests with one id at the same time: the other one has created the customer.
    const winner = await known(deps, customerId);
    if (!winner || !isTaken(error)) throw error;
    return resumeSignup(deps, winner, signup, staff);
  }
}

const isTaken = (error: unknown): boolean =>
  violatedConstraint(error) === 'customers_pkey' || (error instanceof ApiError && error.body.code === 'email_taken');
