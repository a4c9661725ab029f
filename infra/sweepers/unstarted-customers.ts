import { findUnstarted } from '../db/repositories/signups.ts';
import type { Sweeper } from './sweeper.ts';
import { startOnboarding } from '../temporal/start-onboarding.ts';

const BATCH = 50;
/** The signup itself is given this long to start it. */
const AGE_SECONDS = 5;

/** Starts customers whose signup was stored but whose workflow was not started: Temporal was down, or we died between. */
export const sweepUnstartedCustomers: Sweeper = async ({ database, temporal, logger }) => {
  const waiting = await findUnstarted(database, { ageSeconds: AGE_SECONDS, limit: BATCH });
  for (const signup of waiting) {
    await startOnboarding({ database, temporal }, signup);
    logger.info({ customerId: signup.customerId }, 'started a customer that was left unstarted');
  }
  return waiting.length;
};
