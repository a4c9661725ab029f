import { setTimeout as sleep } from 'node:timers/promises';
import { findCustomerOfSubject } from '../../infra/db/repositories/customers.ts';
import type { TokenIdentity } from '../../infra/identities/tokens.ts';
import { ApiError, forbidden, notFound } from '../http/errors.ts';
import type { AppDeps } from '../http/deps.ts';
import type { SignupsElsewhere, Taken } from './signups-elsewhere.ts';

/** An onboarding without an instance takes a few seconds. */
const RETRY_AFTER_SECONDS = 5;

const beingSetUp = (): ApiError =>
  new ApiError(503, {
    error: 'Account not ready yet',
    message: 'Your account is being set up. Try again in a few seconds.',
    code: 'account_being_set_up',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

const ANSWERS: Readonly<Record<Taken, () => ApiError>> = {
  coming: beingSetUp,
  unaddressed: () =>
    forbidden(
      'There is no customer with this identity. Send the ID token with a verified address: it makes the customer, an access token cannot.',
    ),
  refused: () =>
    forbidden('There is no customer with this identity, and none can be made with its address. Support has been told.'),
  left: () => forbidden('The account of this identity has ended. Sign in again to begin a new one.'),
  leaving: () =>
    forbidden('The account of this identity is still being closed. Sign in again in a few minutes to begin a new one.'),
};

/**
 * Where a customer is needed, and a good token is of an identity that is none: its event may have been lost, or its
 * onboarding may be under way. It is taken on if it can be.
 * @returns what to answer
 */
export async function answerWithoutCustomer(elsewhere: SignupsElsewhere, identity: TokenIdentity): Promise<ApiError> {
  return ANSWERS[await elsewhere.take(identity)]();
}

/** A customer begins within a second; a client should not have to ask twice. */
const WAIT_MS = 3_000;
const LOOK_EVERY_MS = 200;

const NOTHING_DELETED: Readonly<Record<Taken, () => ApiError>> = {
  ...ANSWERS,
  coming: () =>
    new ApiError(503, {
      error: 'Nothing is deleted yet',
      message: `Your account is still being set up, so nothing has been deleted. Send this again in ${String(RETRY_AFTER_SECONDS)} seconds.`,
      code: 'account_being_set_up',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    }),
  unaddressed: () =>
    notFound(
      'customer',
      'There is no account with this identity, so nothing was deleted. To delete the identity too, send its ID token with a verified address.',
    ),
  // Who repeats the order once it is carried out learns that nothing is there.
  left: () => notFound('customer'),
  leaving: () => notFound('customer'),
};

/**
 * The customer to delete. The identity is to be deleted too, and the workflow of a customer does that: one who is just
 * becoming a customer is waited for.
 * @throws ApiError that says that nothing is deleted
 */
export async function customerToDelete(
  { database, profile }: Pick<AppDeps, 'database' | 'profile'>,
  elsewhere: SignupsElsewhere,
  identity: TokenIdentity,
): Promise<string> {
  const find = () => findCustomerOfSubject(database, { profile: profile.name, subject: identity.subject });
  const customer = await find();
  if (customer) return customer.customerId;
  const taken = await elsewhere.take(identity);
  const until = Date.now() + WAIT_MS;
  while (taken === 'coming' && Date.now() < until) {
    await sleep(LOOK_EVERY_MS);
    const begun = await find();
    if (begun?.workflowStartedAt) return begun.customerId;
  }
  throw NOTHING_DELETED[taken]();
}
