import { ONBOARDING_STEPS } from '../../../workflows/domain/onboarding-plan.ts';
import { eventually, type Bench, type SignedUp } from '../../support/lifecycle.ts';
import { effectsOf } from '../../support/lifecycle-cells.ts';

export type Fate = 'trial' | 'parked' | 'ended';

/** Waits until a customer is at rest: in trial, parked with an open alert, or gone. Anything else is a customer lost. */
export function untilAtRest(bench: Bench, customerId: string): Promise<Fate> {
  return eventually<Fate>(
    `rest of ${customerId}`,
    async () => {
      const { phase, standing, attention } = await bench.row(customerId);
      if (phase === 'ended' || phase === 'trial') return phase;
      if (standing !== 'failed' || attention === null) return undefined;
      const alerts = await bench.alerts(customerId);
      return alerts.some(({ resolvedAt }) => resolvedAt === null) ? 'parked' : undefined;
    },
    90_000,
  );
}

/** The ledger's newest word on each step, beside what the workflow itself knows. */
export async function disagreements(bench: Bench, customerId: string): Promise<readonly string[]> {
  const [steps, rows] = await Promise.all([bench.stepStates(customerId), bench.ledger(customerId)]);
  return ONBOARDING_STEPS.flatMap((step) => {
    const known = steps[step];
    const newest = rows.filter((row) => row.step === step).sort((one, other) => other.epoch - one.epoch)[0];
    const same = known?.state === newest?.state && known?.epoch === newest?.epoch;
    return same ? [] : [`${step}: ${String(newest?.state)} in the ledger, ${String(known?.state)} in the workflow`];
  });
}

/** Every mail was sent once; or nobody can know, and then support is told and it was not sent twice. */
export async function mailsGoneWrong(bench: Bench, customer: SignedUp): Promise<readonly string[]> {
  const sent = await bench.subjects(customer);
  const rows = await bench.database
    .selectFrom('emails')
    .select(['template', 'state'])
    .where('customerId', '=', customer.customerId)
    .execute();
  const alerts = (await bench.alerts(customer.customerId)).map(({ kind }) => kind);
  const mails = {
    welcome: ['Welcome to Tenure', 'welcomeMail'],
    ready: ['Your instance is ready', 'readyMail'],
  } as const;
  return Object.entries(mails).flatMap(([template, [subject, step]]) => {
    const times = sent.filter((one) => one === subject).length;
    const told = alerts.includes(`onboarding:${step}`);
    const unknown = rows.some((row) => row.template === template && row.state === 'unknown');
    return times === 1 && !unknown ? [] : unknown && told && times <= 1 ? [] : [`${template}: ${String(times)} times`];
  });
}

export { effectsOf };
