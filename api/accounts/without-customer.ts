import type { TokenIdentity } from '../../infra/identities/tokens.ts';
import { ApiError, forbidden, notFound } from '../http/errors.ts';
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
};

/**
 * Where a customer is needed, and a good token is of an identity that is none: its event may have been lost, or its
 * onboarding may be under way. It is taken on if it can be.
 * @returns what to answer
 */
export async function answerWithoutCustomer(elsewhere: SignupsElsewhere, identity: TokenIdentity): Promise<ApiError> {
  return ANSWERS[await elsewhere.take(identity)]();
}

/** The same for an order to delete the account: who repeats it once it is done learns that nothing is there. */
export async function answerNothingToDelete(elsewhere: SignupsElsewhere, identity: TokenIdentity): Promise<ApiError> {
  const taken = await elsewhere.take(identity);
  return taken === 'left' ? notFound('customer') : ANSWERS[taken]();
}
