import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../infra/db/database.ts';
import { getCustomer, type Customer } from '../../infra/db/repositories/customers.ts';
import type { Actions } from '../../infra/product/define-product.ts';
import type { StepContext, StepCustomer } from '../../infra/product/define-step.ts';
import { WRONG_PREVIEW, type OwnStepChanges, type OwnStepLook } from '../../workflows/contract/replay.ts';
import type { OwnStepInput } from '../../workflows/domain/steps.ts';
import { contentsOf } from '../../infra/customers/plan-contents.ts';
import { iso } from '../../workflows/domain/time.ts';
import { customerAsReplayed } from '../accounts/as-replayed.ts';
import { withinItsTime } from './time-limit.ts';

const asSeen = ({
  customerId,
  companyName,
  email,
  slug,
  plan,
  region,
  instanceUrl,
  terms,
}: Customer): StepCustomer => ({
  id: customerId,
  ...{ companyName, email, slug, plan, region, instanceUrl, ...contentsOf(terms) },
});

interface OwnStepDeps {
  readonly database: Database;
  readonly settings: StepContext['settings'];
}

type Named<Activity> = Readonly<Record<string, Activity>>;

const mapped = <From, To>(of: Named<From>, to: (from: From) => To): Named<To> =>
  Object.fromEntries(Object.entries(of).map(([name, from]) => [name, to(from)]));

/** Support reads them; what else would come of a text is "[object Object]". */
function asLines(returned: unknown): readonly string[] {
  if (Array.isArray(returned) && returned.every((line) => typeof line === 'string')) return returned;
  throw ApplicationFailure.nonRetryable(
    "The step's preview must return a list of texts, one for each change, such as ['create the mail domain'].",
    WRONG_PREVIEW,
  );
}

/**
 * The activities of a product's own steps. Each reads its customer from Postgres, because histories hold no personal
 * data.
 */
export function createOwnSteps(
  { database, settings }: OwnStepDeps,
  { acts, previews }: Actions,
): Named<((input: OwnStepInput) => Promise<void>) | ((look: OwnStepLook) => Promise<OwnStepChanges>)> {
  return {
    ...mapped(acts, (act) => async ({ customerId, ...context }: OwnStepInput) => {
      const customer = asSeen(await getCustomer(database, customerId));
      await withinItsTime((signal) => act({ ...context, signal, settings, customer }));
    }),
    ...mapped(previews, (preview) => async (look: OwnStepLook) => {
      const customer = await customerAsReplayed(database, look);
      const now = iso(Date.now() + customer.clockOffsetMs);
      const lines = await withinItsTime((signal) => preview({ now, signal, settings, customer: asSeen(customer) }));
      return { lines: asLines(lines) };
    }),
  };
}
