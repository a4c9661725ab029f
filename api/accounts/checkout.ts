import { randomUUID } from 'node:crypto';
import {
  findProspectOfCheckout,
  findProspectOfRequest,
  insertProspect,
  type NewProspect,
  type Prospect,
} from '../../infra/db/repositories/prospects.ts';
import { newCustomerId } from '../../infra/input/ids.ts';
import { startProspect } from '../../infra/temporal/start-prospect.ts';
import { hashToken } from '../../infra/tokens.ts';
import { OPEN_CHECKOUT, prospectWorkflowId, type OpenedCheckout } from '../../workflows/contract/prospect.ts';
import { isFree } from '../../workflows/domain/profiles/index.ts';
import { resolveTerms } from '../../workflows/domain/terms.ts';
import type { AppDeps } from '../http/deps.ts';
import { invalid, notFound } from '../http/errors.ts';
import { applicationFailure, failed, refused, unknownOutcome } from '../support/commands.ts';
import { refuseWhenElsewhere } from './elsewhere.ts';
import { admitSignup } from './sign-up.ts';
import { chosen } from './price-rules.ts';
import { prospectDates } from './prospect-dates.ts';
import type { AcceptedSignup } from './signup-rules.ts';

const DEADLINE_MS = 20_000;

interface CheckoutOrigin {
  readonly ip: string;
  /** Chosen by the caller: repeated with the same key, it is the same Checkout. */
  readonly key?: string | undefined;
}

/** The same request with the same key is the same prospect; a different request is a different one. */
const requestKeyOf = (key: string, signup: AcceptedSignup): string => {
  const { emailNorm, companyName, fullName, plan, region } = signup;
  return hashToken(JSON.stringify([key, emailNorm, companyName, fullName, plan.id, region, ...chosen(signup)]));
};

async function newProspect(
  deps: AppDeps,
  signup: AcceptedSignup,
  { requestKey, ...kind }: Pick<NewProspect, 'kind' | 'state' | 'requestKey'>,
): Promise<Prospect> {
  const { database, profile, config } = deps;
  const { email, emailNorm, companyName, fullName, plan, region = profile.regions[0] } = signup;
  return insertProspect(database, {
    ...{ customerId: newCustomerId(), requestKey, ...kind },
    ...{ email, emailNorm, companyName, fullName, region, terms: resolveTerms(profile, plan, config.terms, signup) },
    ...prospectDates(deps),
  });
}

async function opened({ temporal, ...deps }: AppDeps, prospect: Prospect, key: string): Promise<OpenedCheckout> {
  const handle = temporal.workflow.getHandle(prospectWorkflowId(prospect.customerId));
  try {
    await startProspect({ temporal, ...deps }, prospect);
    return await temporal.withDeadline(Date.now() + DEADLINE_MS, () =>
      handle.executeUpdate<OpenedCheckout, []>(OPEN_CHECKOUT, { updateId: OPEN_CHECKOUT }),
    );
  } catch (error) {
    throw applicationFailure(error)?.nonRetryable === true ? failed(error) : unknownOutcome(key, error);
  }
}

/**
 * Opens a Checkout for somebody who pays before they are a customer. They become a customer when it is completed.
 * @throws ApiError 409 when the address is taken or customers sign up elsewhere, 422 for a plan that costs nothing, 429 after too many, 503 when
 * signups are closed, 504 when it is not known in time whether it was opened
 */
export async function openCheckout(
  deps: AppDeps,
  signup: AcceptedSignup,
  { ip, key = randomUUID() }: CheckoutOrigin,
): Promise<OpenedCheckout> {
  refuseWhenElsewhere(deps);
  if (isFree(signup.plan)) {
    const sold = deps.profile.plans.filter((plan) => !isFree(plan)).map(({ id }) => id);
    const message = `plan must be one of: ${sold.join(', ')}. ${signup.plan.name} is free: sign up for it instead.`;
    throw invalid('The request is not valid', [{ field: 'plan', message }], 422);
  }
  const requestKey = requestKeyOf(key, signup);
  const known = await findProspectOfRequest(deps.database, { profile: deps.profile.name, requestKey });
  if (!known) await admitSignup(deps, signup, ip);
  if (known?.endedAt) throw refused('This Checkout is over. Open another one with a new key.');
  return opened(deps, known ?? (await newProspect(deps, signup, { kind: 'checkout', state: 'open', requestKey })), key);
}

/**
 * Stores somebody who has signed up elsewhere; they become a customer as soon as possible. Only Postgres has to be
 * available now. Repeated with the same key, it is one customer.
 */
export async function storeSignup(deps: AppDeps, signup: AcceptedSignup, key: string): Promise<void> {
  const requestKey = hashToken(`hook:${key}`);
  const prospect = await newProspect(deps, signup, { kind: 'hook', state: 'ready', requestKey });
  await startProspect(deps, prospect).catch((error: unknown) => {
    deps.logger.warn({ err: error, customerId: prospect.customerId }, 'stored; it is started later');
  });
}

/** The state, in the words of the person who waits. */
const STATES = {
  open: 'open',
  ready: 'completed',
  customer: 'customer',
  refused: 'refused',
  abandoned: 'expired',
} as const;
export type CheckoutState = (typeof STATES)[keyof typeof STATES];

/** The state of a Checkout that was opened here. @throws ApiError 404 if it was not */
export async function checkoutState(
  { database, profile }: AppDeps,
  checkoutId: string,
): Promise<{ readonly status: CheckoutState; readonly customerId: string | null }> {
  const prospect = await findProspectOfCheckout(database, { profile: profile.name, checkoutId });
  if (!prospect) throw notFound('checkout');
  const { state, customerId } = prospect;
  return { status: STATES[state as keyof typeof STATES], customerId: state === 'customer' ? customerId : null };
}
