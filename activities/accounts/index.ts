import type { Database } from '../../infra/db/database.ts';
import { applyCorrection } from './correct.ts';
import { endCustomer, eraseCustomer } from './ending.ts';
import { enterPhase, recordPlan, recordTrialEnd, setStanding } from './progress.ts';

/** What Postgres knows about a customer. Every activity is safe to run twice. */
export function createAccountActivities({ database }: { readonly database: Database }) {
  const on =
    <Input, Output>(activity: (database: Database, input: Input) => Promise<Output>) =>
    (input: Input): Promise<Output> =>
      activity(database, input);
  return {
    enterPhase: on(enterPhase),
    setStanding: on(setStanding),
    recordTrialEnd: on(recordTrialEnd),
    recordPlan: on(recordPlan),
    applyCorrection: on(applyCorrection),
    endCustomer: on(endCustomer),
    eraseCustomer: on(eraseCustomer),
  };
}

export type AccountActivities = ReturnType<typeof createAccountActivities>;
