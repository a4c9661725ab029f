import { endInstanceSessions } from '../temporal/instance-sign-out.ts';
import type { Sweeper } from './sweeper.ts';

/** Has instances end the sessions that the account has ended, where they were not told. */
export const sweepInstanceSessions: Sweeper = (deps) => endInstanceSessions(deps);
