import { randomUUID } from 'node:crypto';
import { appendAudit, type AuditEvent } from '../../infra/db/repositories/audit.ts';
import { recordLicence } from '../../infra/db/repositories/licences.ts';
import { takeFromBucket } from '../../infra/db/repositories/rate-limits.ts';
import { emailIsTaken, insertSignup } from '../../infra/db/repositories/signups.ts';
import { takenSlugs } from '../../infra/db/repositories/slugs.ts';
import { mailboxOf } from '../../infra/input/email-address.ts';
import { networkOrigin } from '../../infra/input/network-origin.ts';
import { hashToken } from '../../infra/tokens.ts';
import { startOnboarding, type OnboardingStart } from '../../infra/temporal/start-onboarding.ts';
import { instanceUrl } from '../../infra/tenant-stacks/instance-url.ts';
import { resolveTerms, type Terms } from '../../workflows/domain/terms.ts';
import { daysAfter } from '../../workflows/domain/time.ts';
import { sellsTrial, stepsOf, stepsWithoutInstance } from '../../workflows/domain/core-steps.ts';
import { firstLicenceUntil } from '../../workflows/domain/customer-state.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError, tooMany } from '../http/errors.ts';
import type { SignupReply } from '../schemas/signup.ts';
import { violatedConstraint } from './constraints.ts';
import { hashPassword } from './passwords.ts';
import type { AcceptedSignup } from './signup-rules.ts';
import { freeSlug, slugCandidates, slugOf } from './slug.ts';

const HOUR_SECONDS = 3_600;
const SLUG_TRIES = 10;

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
  scope?: Parameters<typeof tooMany>[2],
): Promise<void> {
  const key = `${kind}:${hashToken(value)}`;
  const limit = config.signup.perHour ?? profile.signupsPerHour;
  const { allowed, retryAfterSeconds } = await takeFromBucket(database, { key, limit, windowSeconds: HOUR_SECONDS });
  if (!allowed) throw tooMany('signups', retryAfterSeconds, scope);
}

/** What sets a customer whom staff takes on apart from one who signs up. */
export interface TakenOn {
  readonly actor: string;
  readonly reason: string;
  readonly customerId?: string | undefined;
  readonly framework: string | null;
  readonly withoutInstance: boolean;
}

export interface Stored {
  readonly customerId: string;
  readonly terms: Terms;
  readonly trialEndsAt: Date | null;
  readonly createdAt: Date;
  readonly slug: string;
  readonly licence: { readonly token: string; readonly expiresAt: Date };
}

interface Prepared extends Omit<Stored, 'slug'> {
  readonly passwordHash: string | null;
  readonly licenceHash: string;
}

/** When the trial of who signs up ends, if they have one, and their first licence. */
function datesOf(terms: Terms, createdAt: Date): { readonly trialEndsAt: Date | null; readonly expiresAt: Date } {
  const signedUpAt = createdAt.toISOString();
  const trialEndsAt = sellsTrial(terms) ? daysAfter(signedUpAt, terms.trialDays) : null;
  const expiresAt = new Date(firstLicenceUntil({ terms, trialEndsAt, signedUpAt }));
  return { trialEndsAt: trialEndsAt === null ? null : new Date(trialEndsAt), expiresAt };
}

async function prepare(deps: AppDeps, { plan, password }: AcceptedSignup, staff?: TakenOn): Promise<Prepared> {
  const { licences, config, profile, now } = deps;
  const customerId = staff?.customerId ?? `cust_${randomUUID()}`;
  const resolved = resolveTerms(profile, plan, config.terms);
  const terms =
    staff?.withoutInstance === true ? { ...resolved, steps: stepsWithoutInstance(stepsOf(resolved)) } : resolved;
  const createdAt = now?.() ?? new Date();
  const { trialEndsAt, expiresAt } = datesOf(terms, createdAt);
  const order = { customerId, plan: terms.plan, maxDevices: terms.maxDevices, expiresAt };
  const [passwordHash, licence] = await Promise.all([
    password === null ? null : hashPassword(password),
    licences.issue(order),
  ]);
  const { token, hash: licenceHash } = licence;
  return { customerId, terms, trialEndsAt, createdAt, passwordHash, licenceHash, licence: { token, expiresAt } };
}

/** Who took the customer on, and why, for the audit trail. */
function beginning({ plan }: Terms, staff: TakenOn | undefined): Omit<AuditEvent, 'customerId'> {
  if (!staff) return { actor: 'customer', action: 'customer.signed_up', details: { plan } };
  const { actor, reason, framework, withoutInstance } = staff;
  return { actor, reason, action: 'customer.onboarded', details: { plan, framework, withoutInstance } };
}

async function store(
  { database, profile }: AppDeps,
  signup: AcceptedSignup,
  prepared: Prepared & { readonly tries: number },
  staff?: TakenOn,
): Promise<Stored> {
  const { customerId, terms, trialEndsAt, createdAt, passwordHash, licenceHash, licence, tries } = prepared;
  const { email, emailNorm, companyName, fullName, form, region = profile.regions[0] } = signup;
  const base = slugOf(companyName, customerId);
  const slug = freeSlug(base, tries, await takenSlugs(database, slugCandidates(base)));
  const { plan, maxDevices, trialDays } = terms;
  await database.transaction().execute(async (db) => {
    await insertSignup(db, {
      ...{ customerId, email, emailNorm, companyName, fullName, slug, region, passwordHash, terms, trialEndsAt },
      complianceFramework: staff?.framework ?? null,
      signupForm: form,
    });
    await recordLicence(db, {
      ...{ customerId, plan, maxDevices, licenceHash, token: licence.token, expiresAt: licence.expiresAt },
      action: 'generated',
      generatedBy: 'signup',
      metadata: { type: 'trial_signup', trialDays, features: { maxDevices } },
    });
    await appendAudit(db, { customerId, ...beginning(terms, staff) });
  });
  return { customerId, terms, trialEndsAt, createdAt, slug, licence };
}

async function storeOnce(deps: AppDeps, signup: AcceptedSignup, prepared: Prepared, staff?: TakenOn): Promise<Stored> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await store(deps, signup, { ...prepared, tries }, staff);
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'customers_email_norm_key') throw emailTaken();
      // Two companies of one name at the same moment: the other has the slug now.
      if (constraint !== 'customers_slug_key' || tries === SLUG_TRIES) throw error;
    }
  }
}

export function signupReply(
  { config }: Pick<AppDeps, 'config'>,
  { email, companyName }: AcceptedSignup,
  stored: Omit<Stored, 'createdAt'>,
): SignupReply {
  const { customerId, terms, trialEndsAt, slug, licence } = stored;
  return {
    message: 'Account created successfully! Your instance is being deployed.',
    customer: { customer_id: customerId, email, company_name: companyName },
    subscription: {
      plan: terms.plan,
      status: trialEndsAt === null ? 'free' : 'trialing',
      trial_ends_at: trialEndsAt?.toISOString() ?? null,
    },
    deployment: {
      status: 'provisioning',
      estimated_time: '2-3 minutes',
      instance_url: instanceUrl(config.tenants, slug),
    },
    license: { jwt: licence.token, expires_at: licence.expiresAt.toISOString(), max_devices: terms.maxDevices },
    next_steps: [
      'Check your email for login instructions',
      'Your instance URL will be active in 2-3 minutes',
      'Start by connecting your first device',
    ],
  };
}

/**
 * Takes a customer on: one transaction, then the start of their workflow. Answers also when Temporal does not: the row
 * is committed, and the sweeper starts what was not started.
 * @throws ApiError 409 when the address is taken
 */
export async function takeOn(deps: AppDeps, signup: AcceptedSignup, staff?: TakenOn): Promise<Stored> {
  const stored = await storeOnce(deps, signup, await prepare(deps, signup, staff), staff);
  await startSoon(deps, stored);
  return stored;
}

/** Starts the workflow now or leaves it to the sweeper. */
export async function startSoon(deps: AppDeps, signup: OnboardingStart): Promise<void> {
  try {
    await startOnboarding(deps, signup);
  } catch (error) {
    deps.logger.warn({ err: error, customerId: signup.customerId }, 'signup stored; its workflow is started later');
  }
}

interface SignupOrigin {
  readonly ip: string;
  /** By which the same signup is known when it comes again. */
  readonly form?: string | undefined;
}

/**
 * Signs somebody up.
 * @throws ApiError 409 when the address is taken, 429 after too many signups, 503 when signups are closed.
 */
export async function signUp(deps: AppDeps, signup: AcceptedSignup, { ip, form }: SignupOrigin): Promise<SignupReply> {
  refuseWhenClosed(deps);
  await limitSignups(deps, ['signup', networkOrigin(ip)]);
  if (await emailIsTaken(deps.database, signup.emailNorm)) throw emailTaken();
  // Each sends a mail: a stranger's mailbox must not be flooded from many origins.
  await limitSignups(deps, ['signup-mailbox', mailboxOf(signup.emailNorm)], 'for this mailbox');
  return signupReply(deps, signup, await takeOn(deps, { ...signup, form }));
}
