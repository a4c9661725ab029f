import { recordSessionsEnded, sessionVersionOf } from '../../infra/db/repositories/accounts.ts';
import { entriesToEnd, recordEntriesEnded } from '../../infra/db/repositories/sessions.ts';
import { targetOf, type ProvisioningDeps } from './deps.ts';
import { readTenant } from './desired-spec.ts';

/** The most that one request can carry; the next sweep sends the rest. */
const MOST_ENTRIES = 100;

/**
 * Makes the instance end every session that is older than the account's newest, and those that came from ended
 * sessions; an instance that does not exist has none. Safe to repeat.
 * @throws StackFailure while the instance does not answer
 */
export async function signOutInstance(deps: ProvisioningDeps, customerId: string): Promise<void> {
  const { database } = deps;
  const version = await sessionVersionOf(database, customerId);
  if (version === undefined) return;
  const entries = await entriesToEnd(database, customerId, MOST_ENTRIES);
  const { target } = await readTenant(deps, customerId);
  await targetOf(deps, target).endSessions(customerId, { version, entries });
  await recordSessionsEnded(database, customerId, version);
  await recordEntriesEnded(database, customerId, entries);
}
