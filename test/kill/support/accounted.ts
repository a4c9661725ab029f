import { CORE_STEP_NAMES } from '../../../workflows/domain/core-steps.ts';
import { eventually } from '../../support/eventually.ts';
import type { LifecycleHarness, SignedUp } from '../../support/lifecycle.ts';

export type Fate = 'trial' | 'parked' | 'ended';

/** Waits until a customer is at rest: in trial, parked with an open alert, or gone. Any other customer is lost. */
export function untilAtRest(harness: LifecycleHarness, customerId: string): Promise<Fate> {
  return eventually<Fate>(`rest of ${customerId}`, async () => {
    const { phase, standing, attention } = await harness.row(customerId);
    if (phase === 'ended' || phase === 'trial') return phase;
    if (standing !== 'failed' || attention === null) return undefined;
    const alerts = await harness.alerts(customerId);
    return alerts.some(({ resolvedAt }) => resolvedAt === null) ? 'parked' : undefined;
  });
}

/** The newest state of each step in the ledger, next to what the workflow itself knows. */
export async function disagreements(harness: LifecycleHarness, customerId: string): Promise<readonly string[]> {
  const [steps, rows] = await Promise.all([harness.stepStates(customerId), harness.ledger(customerId)]);
  return CORE_STEP_NAMES.flatMap((step) => {
    const known = steps[step];
    const newest = rows.filter((row) => row.step === step).sort((one, other) => other.epoch - one.epoch)[0];
    const same = known?.state === newest?.state && known?.epoch === newest?.epoch;
    return same ? [] : [`${step}: ${String(newest?.state)} in the ledger, ${String(known?.state)} in the workflow`];
  });
}

/** Every mail was sent once; or nobody can know whether it was, and then there is an alert. */
export async function mailsGoneWrong(harness: LifecycleHarness, customer: SignedUp): Promise<readonly string[]> {
  const subjects = await harness.subjects(customer);
  const rows = await harness.database
    .selectFrom('emails')
    .select(['template', 'state'])
    .where('customerId', '=', customer.customerId)
    .execute();
  const told = (await harness.alerts(customer.customerId)).map(({ kind }) => kind);
  return MAILS.flatMap(({ template, subject, step }) => {
    const times = subjects.filter((one) => one === subject).length;
    const [sent = 0, unknown = 0] = ['sent', 'unknown'].map(
      (state) => rows.filter((row) => row.template === template && row.state === state).length,
    );
    const owed = sent + unknown > 0 && times >= sent && times <= sent + unknown;
    const silent = unknown > 0 && !told.includes(`onboarding:${step}`);
    return owed && !silent
      ? []
      : [`${template}: ${String(times)} in the inbox, ${String(sent)} sent, ${String(unknown)} unknown`];
  });
}

const MAILS = [
  { template: 'welcome', subject: 'Welcome to Tenure', step: 'welcomeMail' },
  { template: 'ready', subject: 'Your instance is ready', step: 'readyMail' },
] as const;
