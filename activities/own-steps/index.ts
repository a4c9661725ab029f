import type { Database } from '../../infra/db/database.ts';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { StepAction, StepContext, StepCustomer } from '../../infra/product/define-step.ts';
import type { OwnStepInput } from '../../workflows/domain/steps.ts';

const asSeen = ({ customerId, companyName, email, slug, plan, region, instanceUrl }: Customer): StepCustomer => ({
  id: customerId,
  ...{ companyName, email, slug, plan, region, instanceUrl },
});

interface OwnStepDeps {
  readonly database: Database;
  readonly settings: StepContext['settings'];
}

/** The activities of a product's own steps: each is told of its customer, who is in no history. */
export const createOwnSteps = (
  { database, settings }: OwnStepDeps,
  actions: Readonly<Record<string, StepAction>>,
): Readonly<Record<string, (input: OwnStepInput) => Promise<void>>> =>
  Object.fromEntries(
    Object.entries(actions).map(([name, act]) => [
      name,
      async ({ customerId, ...context }: OwnStepInput) =>
        act({ ...context, settings, customer: asSeen(await getCustomer(database, customerId)) }),
    ]),
  );
