import {
  createCustomer,
  EmailTakenError,
  type CreatedCustomer,
  type NewCustomer,
} from '../../infra/customers/create-customer.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { emailIsTaken } from '../../infra/db/repositories/signups.ts';
import { mailboxOf } from '../../infra/input/email-address.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import { networkOrigin } from '../../infra/input/network-origin.ts';
import { hashToken } from '../../infra/tokens.ts';
import { startOnboarding, type OnboardingStart } from '../../infra/temporal/start-onboarding.ts';
import { instanceUrl } from '../../infra/tenant-stacks/instance-url.ts';
import { resolveTerms, type Terms } from '../../workflows/domain/terms.ts';
import { hasInstance, stepsOf, stepsWithoutInstance } from '../../workflows/domain/core-steps.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, tooMany, type Scope } from '../http/errors.ts';
import type { SignupReply } from '../schemas/signup.ts';
import { refuseWhenElsewhere } from './elsewhere.ts';
import { hashPassword } from './passwords.ts';
import type { AcceptedSignup } from './signup-rules.ts';

const HOUR_SECONDS = 3_600;

const emailTaken = (): ApiError =>
  new ApiError(409, {
    error: 'Email already registered',
    message: 'An account with this email already exists',
    code: 'email_taken',
    problems: [{ field: 'email', message: 'An account with this email already exists' }],
  });

function refuseWhenClosed({ config }: AppDeps): void {
  if (!config.signup.enabled)
    throw new ApiError(503, {
      error: 'Signups are closed',
      message: 'We are not taking new customers at the moment. Please try again later.',
      code: 'signup_closed',
    });
}

/** @throws ApiError 429; counted by the hash of what is limited. */
async function limitSignups(
  { database, config, profile }: AppDeps,
  [kind, value]: readonly [kind: 'signup' | 'signup-mailbox', value: string],
  scope: Scope = 'from here',
): Promise<void> {
  const key = `${kind}:${hashToken(value)}`;
  const limit = config.signup.perHour ?? profile.signupsPerHour;
  const { allowed, retryAfterSeconds } = await takeFromBucket(database, { key, limit, windowSeconds: HOUR_SECONDS });
  if (!allowed) throw tooMany('signups', retryAfterSeconds, { scope, limit });
}

/** What is different when staff creates the customer. */
export interface StaffSignup {
  readonly actor: string;
  readonly reason: string;
  readonly customerId?: string | undefined;
  readonly framework: string | null;
  readonly withoutInstance: boolean;
}

/** Who created the customer, and why, for the audit trail. */
function beginning({ plan }: Terms, staff: StaffSignup | undefined): NewCustomer['beginning'] {
  if (!staff) return { actor: 'customer', action: 'customer.signed_up', details: { plan } };
  const { actor, reason, framework, withoutInstance } = staff;
  return { actor, reason, action: 'customer.onboarded', details: { plan, framework, withoutInstance } };
}

/** The customer that this signup creates. */
async function newCustomer(deps: AppDeps, signup: AcceptedSignup, staff?: StaffSignup): Promise<NewCustomer> {
  const { config, profile, now = () => new Date() } = deps;
  const { email, emailNorm, companyName, fullName, form, region = profile.regions[0], plan, password } = signup;
  const resolved = resolveTerms(profile, plan, config.terms, signup);
  const isWithout = staff?.withoutInstance === true;
  const terms = isWithout ? { ...resolved, steps: stepsWithoutInstance(stepsOf(resolved)) } : resolved;
  return {
    ...{ email, emailNorm, companyName, fullName, region, terms, now: now(), signupForm: form },
    customerId: staff?.customerId ?? newCustomerId(),
    passwordHash: password === null ? null : await hashPassword(password),
    complianceFramework: staff?.framework ?? null,
    beginning: beginning(terms, staff),
  };
}

const WITH_INSTANCE = {
  message: 'Account created successfully! Your instance is being deployed.',
  estimatedTime: '2-3 minutes',
  nextSteps: [
    'Check your email for login instructions',
    'Your instance URL will be active in 2-3 minutes',
    'Start by connecting your first device',
  ],
};
const WITHOUT_INSTANCE = {
  ...WITH_INSTANCE,
  message: 'Account created successfully!',
  nextSteps: ['Check your email for login instructions'],
};

export function signupReply(
  { config, product }: Pick<AppDeps, 'config' | 'product'>,
  { email, companyName }: AcceptedSignup,
  { customerId, terms, trialEndsAt, slug, licence }: Omit<CreatedCustomer, 'createdAt'>,
): SignupReply {
  const getsInstance = hasInstance(terms);
  const usual = getsInstance ? WITH_INSTANCE : WITHOUT_INSTANCE;
  const { message, estimatedTime, nextSteps } = { ...usual, ...product?.words?.signup };
  const instance = { estimated_time: estimatedTime, instance_url: instanceUrl(config.tenants, slug) };
  return {
    message,
    customer: { customer_id: customerId, email, company_name: companyName },
    subscription: {
      plan: terms.plan,
      status: trialEndsAt === null ? 'free' : 'trialing',
      trial_ends_at: trialEndsAt?.toISOString() ?? null,
    },
    deployment: getsInstance ? { status: 'provisioning', ...instance } : null,
    license: { jwt: licence.token, expires_at: licence.expiresAt.toISOString(), max_devices: terms.maxDevices },
    next_steps: [...nextSteps],
  };
}

/**
 * Creates a customer: one transaction, then the start of their workflow. It succeeds even if Temporal does not answer:
 * the row is committed, and the sweeper starts what was not started.
 * @throws ApiError 409 when the address is taken
 */
export async function createFromSignup(
  deps: AppDeps,
  signup: AcceptedSignup,
  staff?: StaffSignup,
): Promise<CreatedCustomer> {
  const created = await createCustomer(deps, await newCustomer(deps, signup, staff)).catch((error: unknown) => {
    throw error instanceof EmailTakenError ? emailTaken() : error;
  });
  await startSoon(deps, created);
  return created;
}

/** Starts the workflow now, or leaves it to the sweeper. */
export async function startSoon(deps: AppDeps, signup: OnboardingStart): Promise<void> {
  try {
    await startOnboarding(deps, signup);
  } catch (error) {
    deps.logger.warn({ err: error, customerId: signup.customerId }, 'signup stored; its workflow is started later');
  }
}

/**
 * Checks that somebody may sign up now, by whichever way.
 * @throws ApiError 409 when the address is taken, 429 after too many signups, 503 when signups are closed.
 */
export async function admitSignup(
  deps: AppDeps,
  { emailNorm }: Pick<AcceptedSignup, 'emailNorm'>,
  ip: string,
): Promise<void> {
  refuseWhenClosed(deps);
  await limitSignups(deps, ['signup', networkOrigin(ip)]);
  if (await emailIsTaken(deps.database, emailNorm)) throw emailTaken();
  // Each signup sends a mail: a stranger's mailbox must not be flooded from many origins.
  await limitSignups(deps, ['signup-mailbox', mailboxOf(emailNorm)], 'for this mailbox');
}

interface SignupOrigin {
  readonly ip: string;
  /** Identifies the same signup when it is sent again. */
  readonly form?: string | undefined;
}

function refuseWhenPaidFirst({ profile: { paysFirst, brand } }: AppDeps): void {
  if (paysFirst)
    throw new ApiError(409, {
      error: 'Not possible here',
      message: `Customers of ${brand.name} pay first: POST /api/customers/checkout opens the Checkout.`,
      code: 'pays_first',
    });
}

/**
 * Signs somebody up.
 * @throws ApiError 409 when the address is taken or customers pay first, 429 after too many signups, 503 when signups are closed.
 */
export async function signUp(deps: AppDeps, signup: AcceptedSignup, { ip, form }: SignupOrigin): Promise<SignupReply> {
  refuseWhenPaidFirst(deps);
  refuseWhenElsewhere(deps);
  await admitSignup(deps, signup, ip);
  return signupReply(deps, signup, await createFromSignup(deps, { ...signup, form }));
}
