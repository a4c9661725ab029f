import type { Database } from '../../infra/db/database.ts';
import { giveBackToBucket, takeFromBucket, wasCounted, type Bucket } from '../../infra/db/repositories/rate-limits.ts';
import { tooMany, type Scope } from '../http/errors.ts';
import {
  guessesEverywhere,
  guessesHere,
  guessesOf,
  knownOrigin,
  staffGuesses,
  type GuessedAccount,
  type Whence,
} from './login-limits.ts';

type Limit = readonly [bucket: Bucket, scope: Scope];

/**
 * One attempt at a secret. It counts from the start, so that parallel attempts count too; a correct one is uncounted.
 */
export interface Guess {
  wasRight(): Promise<void>;
}

async function begin(database: Database, limits: readonly Limit[]): Promise<Guess> {
  const taken: string[] = [];
  const wasRight = async (): Promise<void> => {
    for (const key of taken) await giveBackToBucket(database, key);
  };
  for (const [bucket, scope] of limits) {
    const { allowed, retryAfterSeconds } = await takeFromBucket(database, bucket);
    taken.push(bucket.key);
    if (allowed) continue;
    // An attempt that is not even checked does not count as a guess.
    await wasRight();
    throw tooMany('sign-in attempts', retryAfterSeconds, { scope });
  }
  return { wasRight };
}

/**
 * An attempt at the password of an account. Guesses lock out the guesser: wrong attempts from elsewhere do not count
 * for an origin or a browser that has signed in to the account before.
 * @throws ApiError 429 that says what is limited
 */
export async function guessPassword(database: Database, account: GuessedAccount, whence: Whence): Promise<Guess> {
  const known = knownOrigin(account, whence.ip);
  const trusted = whence.device !== undefined || (await wasCounted(database, known.key));
  const everywhere = trusted ? [] : guessesEverywhere(account.name);
  const guess = await begin(database, [
    [guessesOf(whence), 'from here'],
    [guessesHere(account.name, whence), 'for this account from here'],
    ...everywhere.map((bucket): Limit => [bucket, 'for this account']),
  ]);
  return {
    wasRight: async () => {
      await guess.wasRight();
      await takeFromBucket(database, known);
    },
  };
}

/** An attempt at a staff token. @throws ApiError 429 */
export const guessStaffToken = (database: Database, whence: Whence): Promise<Guess> =>
  begin(database, [[staffGuesses(whence), 'from here']]);
