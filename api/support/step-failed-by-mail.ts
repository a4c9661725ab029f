import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { failedSteps } from '../../infra/db/repositories/steps.ts';
import type { Phase } from '../../workflows/domain/lifecycle.ts';
import { stepsOf } from '../../workflows/domain/core-steps.ts';
import { stepOfMail } from '../../workflows/domain/steps.ts';
import type { AppDeps } from '../http/deps.ts';

const TAKES_NO_REPLAY: ReadonlySet<Phase> = new Set(['cancellation', 'ended']);

export interface FailedMailStep {
  readonly step: string;
  /** Whether a replay of it would also run other steps: those that made the onboarding fail. */
  readonly isParked: boolean;
}

/** The step that the workflow considers failed because of such a mail, if any. */
export async function stepFailedByMail(
  { database }: Pick<AppDeps, 'database'>,
  customerId: string,
  template: string,
): Promise<FailedMailStep | undefined> {
  const customer = await findCustomer(database, customerId);
  if (!customer || TAKES_NO_REPLAY.has(customer.phase)) return undefined;
  const steps = stepsOf(customer.terms);
  const step = stepOfMail(steps, template);
  const failed = (await failedSteps(database, customerId)).map((one) => one.step);
  if (step === undefined || !failed.includes(step)) return undefined;
  const isMail = (name: string): boolean => steps.some((one) => one.name === name && one.mail !== undefined);
  return { step, isParked: failed.some((one) => !isMail(one)) };
}
