import type { Bucket } from '../../infra/db/repositories/rate-limits.ts';
import { networkOrigin } from '../../infra/input/network-origin.ts';
import { hashToken } from '../../infra/tokens.ts';

/** Where an attempt comes from: its address, and the browser if it has signed in to the account before. */
export interface Whence {
  readonly ip: string;
  readonly device: string | undefined;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Wrong attempts at one account from everywhere except the origins and browsers that have signed in to it before. The
 * more there were, the longer the wait; the owner gets in from a known place, or by a link to their mailbox.
 */
const EVERYWHERE = [
  { limit: 20, windowSeconds: 15 * MINUTE },
  { limit: 50, windowSeconds: 2 * HOUR },
  { limit: 100, windowSeconds: 24 * HOUR },
] as const;

/** The keys hold hashes of addresses, for a day at most. */
const key = (limit: string, ...of: readonly string[]): string => [limit, ...of.map(hashToken)].join(':');

/** Wrong attempts at one account from one origin, or from one known browser. */
export const guessesHere = (account: string, { ip, device }: Whence): Bucket => ({
  ...{ key: key('login-here', account, device ?? networkOrigin(ip)), limit: 10, windowSeconds: 15 * MINUTE },
});

export const guessesEverywhere = (account: string): readonly Bucket[] =>
  EVERYWHERE.map((tier, index) => ({ key: `${key('login-account', account)}:${String(index)}`, ...tier }));

/** Wrong attempts at any account from one origin; known browsers of an account are not included. */
export const guessesOf = ({ ip, device }: Whence): Bucket => ({
  ...{ key: key('login-origin', device ?? networkOrigin(ip)), limit: 100, windowSeconds: 15 * MINUTE },
});

export const staffGuesses = ({ ip, device }: Whence): Bucket => ({
  ...{ key: key('console', device ?? networkOrigin(ip)), limit: 20, windowSeconds: 15 * MINUTE },
});

/** The account of the attempt; its version changes with its password. */
export interface GuessedAccount {
  readonly name: string;
  readonly sessionVersion: number;
}

/** Notes that an origin has signed in successfully with the current password; forgotten after a day. */
export const knownOrigin = ({ name, sessionVersion }: GuessedAccount, ip: string): Bucket => ({
  ...{ key: key('login-known', name, String(sessionVersion), networkOrigin(ip)), limit: Infinity, windowSeconds: HOUR },
});

/** Requests for a link: from one origin for one address, and from one origin in total. */
export const linksHere = (address: string, ip: string): Bucket => ({
  ...{ key: key('forgot-here', address, networkOrigin(ip)), limit: 3, windowSeconds: HOUR },
});
export const linksOf = (ip: string): Bucket => ({
  key: key('forgot-origin', networkOrigin(ip)),
  limit: 20,
  windowSeconds: HOUR,
});

/** The interval between two mails: somebody who asks again within it already has a working link in the mailbox. */
export const LINK_EVERY_MINUTES = 5;
export const linkMails = (account: string): Bucket => ({
  ...{ key: key('forgot-mail', account), limit: 1, windowSeconds: LINK_EVERY_MINUTES * MINUTE },
});

/** Everything that can keep the owner of an address from signing in, wherever they are; the keys are LIKE patterns. */
export const lockoutBuckets = (emailNorm: string): readonly Bucket[] => {
  const anywhere = { ip: '0.0.0.0', device: undefined };
  const all = (bucket: Bucket, name: string): Bucket => ({ ...bucket, key: `${key(name, emailNorm)}:%` });
  return [
    all(guessesHere(emailNorm, anywhere), 'login-here'),
    ...guessesEverywhere(emailNorm),
    all(linksHere(emailNorm, anywhere.ip), 'forgot-here'),
    linkMails(emailNorm),
  ];
};
