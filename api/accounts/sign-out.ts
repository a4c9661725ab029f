import { endInstanceSessions } from '../../infra/temporal/instance-sign-out.ts';
import type { AppDeps } from '../http/deps.ts';

/** Ends the sessions in the customer's instance too; if that is not possible now, the sweeper does it later. */
export async function signOutOfInstance(deps: AppDeps, customerId: string): Promise<void> {
  try {
    await endInstanceSessions(deps, customerId);
  } catch (error) {
    deps.logger.warn({ err: error, customerId }, 'the sessions in an instance are ended later');
  }
}
