import { noteSeen, whereSeen, type Seen } from '../db/repositories/differences.ts';
import { refusedIdentities } from '../db/repositories/prospects.ts';
import type { Sweeper } from './sweeper.ts';

const BATCH = 200;
/** After this time support has seen it, or nobody will. */
const DAYS = 30;

const REASONS: Readonly<Record<string, string>> = {
  no_subject: 'the event has no subject',
  no_address: 'the identity has no address',
  unusable_address: 'mail cannot be sent to the address of the identity',
  address_taken: 'another customer has the address of the identity',
};

/** Tells support of people who signed up elsewhere and could not become customers; nobody else would know. */
export const sweepRefusedIdentities: Sweeper = async ({ database }) => {
  const refused = await refusedIdentities(database, { days: DAYS, limit: BATCH });
  const seen = refused.map(({ customerId, subject, refusedFor, createdAt }): Seen => {
    const wrong = REASONS[refusedFor] ?? refusedFor;
    // All that is kept of it: the logs of who called the hook have that instant too.
    return { customerId, subject: subject ?? `event received at ${createdAt.toISOString()}`, wrong };
  });
  const are = new Set(seen.map(({ subject }) => subject));
  const gone = (await whereSeen(database, 'identity_refused', BATCH)).filter(({ subject }) => !are.has(subject));
  await noteSeen(database, 'identity_refused', [...seen, ...gone.map((one): Seen => ({ ...one, wrong: null }))]);
  return seen.length;
};
