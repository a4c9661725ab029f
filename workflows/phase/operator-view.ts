import { patched, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contract/customer.ts';
import type { CustomerState } from '../domain/customer-state.ts';
import { failuresInWords, isTransient } from '../domain/failures.ts';
import { failedSteps } from '../domain/steps.ts';

/** What operators see of a customer in the Temporal Web UI: what it waits for, and whether it needs a person. */
export class OperatorView {
  private waiting = 'the start';
  /** Undefined until it is first set: a change of phase carries search attributes over. */
  private attention: string | null | undefined;
  private readonly phase: string;
  private readonly state: () => CustomerState;

  constructor(phase: string, state: () => CustomerState) {
    this.phase = phase;
    this.state = state;
  }

  get waitingFor(): string {
    return this.waiting;
  }

  showWaitingFor(waitingFor: string): void {
    this.waiting = waitingFor;
    const { terms, onboarding } = this.state();
    const headline = `**${this.phase}** · plan ${terms.plan} · waiting for ${waitingFor}`;
    setCurrentDetails([headline, ...failuresInWords(onboarding.steps)].join('\n\n'));
  }

  /** What needs a person, for operators who filter by it: the phase's own trouble, else steps that failed, else nothing. */
  needsAttention(trouble: string | null): void {
    const failed = failedSteps(this.state().onboarding.steps).join(',');
    const what = trouble ?? (failed === '' ? null : failed);
    if (what === this.attention) return;
    this.attention = what;
    upsertSearchAttributes({ [SEARCH_ATTRIBUTES.attention]: what === null ? [] : [what] });
  }

  /** A duty failed: operators find the customer by it, unless it only waits for something Tenure depends on. */
  failed(duty: string, errorType: string): void {
    if (isTransient(errorType) && patched('waiting-needs-nobody')) return;
    this.needsAttention(duty);
  }
}
