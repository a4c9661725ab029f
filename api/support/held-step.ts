import { findCustomer } from '../../infra/db/repositories/customers.ts';
import { failedSteps } from '../../infra/db/repositories/steps.ts';
import type { Phase } from '../../workflows/domain/lifecycle.ts';
import {
  ONBOARDING_PLAN,
  ONBOARDING_STEPS,
  stepOfMail,
  type OnboardingStepName,
} from '../../workflows/domain/onboarding-plan.ts';
import type { AppDeps } from '../http/deps.ts';

const TAKES_NO_REPLAY: ReadonlySet<string> = new Set<Phase>(['cancellation', 'ended']);

const MAILS: ReadonlySet<string> = new Set(ONBOARDING_STEPS.filter((step) => ONBOARDING_PLAN[step].mail !== undefined));

export interface HeldStep {
  readonly step: OnboardingStepName;
  /** Whether a replay of it would run other steps too: those that made the onboarding fail. */
  readonly isParked: boolean;
}

/** The step that the workflow holds for failed because of such a mail, if it does. */
export async function heldStep(
  { database }: Pick<AppDeps, 'database'>,
  customerId: string,
  template: string,
): Promise<HeldStep | undefined> {
  const step = stepOfMail(template);
  const customer = step && (await findCustomer(database, customerId));
  if (!customer || TAKES_NO_REPLAY.has(customer.phase)) return undefined;
  const failed = (await failedSteps(database, customerId)).map((one) => one.step);
  return failed.includes(step) ? { step, isParked: failed.some((one) => !MAILS.has(one)) } : undefined;
}
