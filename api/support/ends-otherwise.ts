import type { Customer } from '../../infra/db/repositories/customers.ts';

/** Why an alert can only end by fixing its cause; undefined when a person may dismiss it. */
export function endsOtherwise({ phase }: Pick<Customer, 'phase'>, kind: string): string | undefined {
  if (phase === 'onboarding' && kind.startsWith('onboarding:'))
    return 'The onboarding waits for a replay: the alert ends with it, or when the onboarding is abandoned.';
  return phase !== 'ended' && kind === 'workflow'
    ? 'The workflow of this customer is not running: the alert ends when the records are mended.'
    : undefined;
}
