import { recordSessionsEnded, sessionVersionOf } from '../../infra/db/repositories/accounts.ts';
import { entriesToEnd, recordEntriesEnded } from '../../infra/db/repositories/sessions.ts';
import { targetOf, type ProvisioningDeps } from './deps.ts';
import { readTenant } from './desired-spec.ts';

/** As many as one request carries; the next sweep tells of more. */
const MOST_ENTRIES = 100;

/**
 * Has the instance end every session that is older than the account's newest, and those that came of sessions that have
 * ended; one that is not there has none. May be repeated.
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
