import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { ONBOARDING_STEPS, readySteps, type OnboardingStepName, type StepState } from '../domain/onboarding-plan.ts';
import { failureType } from '../activity-calls/failure-type.ts';

/** One named, idempotent unit of work. */
export interface Step {
  run(epoch: number): Promise<unknown>;
  /** Takes the step back. Must be safe when the step never happened: "not found" is done. */
  undo?(epoch: number): Promise<unknown>;
  /** `policy`: the onboarding stops and its terms decide. `continue`: recorded, never fatal. */
  readonly whenItFails: 'policy' | 'continue';
}
export type StepTable = Readonly<Record<OnboardingStepName, Step>>;
export type StepStates = Readonly<Record<OnboardingStepName, StepState>>;

const TAKEN_BACK: readonly StepState['state'][] = ['done', 'running', 'undo_failed'];

/**
 * The only code that knows how steps and their compensation work. It holds nothing itself: states live in the
 * customer's state, so that they survive a change of phase.
 */
export class Saga {
  private readonly table: StepTable;
  private readonly read: () => StepStates;
  private readonly write: (step: OnboardingStepName, state: StepState) => void;

  constructor(
    table: StepTable,
    states: { read: () => StepStates; write: (step: OnboardingStepName, state: StepState) => void },
  ) {
    this.table = table;
    this.read = states.read;
    this.write = states.write;
  }

  /**
   * Runs every step that is not done, each as soon as what it needs is done. After a failure no further step starts,
   * those under way end, and what a failed step did in part is taken back. Cancelling the scope ends it the same way.
   */
  async run(): Promise<void> {
    const running = new Map<OnboardingStepName, Promise<void>>();
    for (;;) {
      for (const step of this.startable())
        running.set(
          step,
          this.attempt(step).finally(() => running.delete(step)),
        );
      if (running.size === 0) return;
      await Promise.race(running.values());
    }
  }

  /** Steps whose failure stops the onboarding. */
  failed(): OnboardingStepName[] {
    return ONBOARDING_STEPS.filter((step) => {
      const { state } = this.read()[step];
      return state === 'undo_failed' || (state === 'failed' && this.table[step].whenItFails === 'policy');
    });
  }

  /** Those of the steps whose undo has something to do, in the order they are taken back. */
  undoable(steps: readonly OnboardingStepName[]): OnboardingStepName[] {
    return this.takenBack(steps).filter((step) => this.table[step].undo !== undefined);
  }

  /** Takes steps back, last first, each once: one that never began, or that failed and was taken back then, needs nothing. */
  async undo(steps: readonly OnboardingStepName[]): Promise<void> {
    for (const step of this.takenBack(steps)) await this.undoOne(step);
  }

  private takenBack(steps: readonly OnboardingStepName[]): OnboardingStepName[] {
    // A mail cannot be taken back: it stays sent, and a replay does not send it again.
    const undoes = (step: OnboardingStepName): boolean => this.table[step].whenItFails !== 'continue';
    return steps.filter((step) => undoes(step) && TAKEN_BACK.includes(this.read()[step].state)).reverse();
  }

  /** Lets steps run again, under keys of their own: a provider answers an old key with its old answer, even a failure. */
  reset(steps: readonly OnboardingStepName[]): void {
    for (const step of steps) this.write(step, { state: 'waiting', epoch: this.read()[step].epoch + 1 });
  }

  /** Runs steps again under the keys they had: what was in doubt about them may be known by now. */
  async ask(steps: readonly OnboardingStepName[]): Promise<void> {
    for (const step of steps) await this.attempt(step);
  }

  private startable(): OnboardingStepName[] {
    if (this.failed().length > 0 || CancellationScope.current().consideredCancelled) return [];
    const settled = ONBOARDING_STEPS.filter((step) => this.isSettled(step));
    const waiting = ONBOARDING_STEPS.filter((step) => ['waiting', 'undone'].includes(this.read()[step].state));
    return readySteps(new Set(settled), new Set(waiting));
  }

  private isSettled(step: OnboardingStepName): boolean {
    const { state } = this.read()[step];
    return (
      state === 'done' || state === 'skipped' || (state === 'failed' && this.table[step].whenItFails === 'continue')
    );
  }

  private async attempt(step: OnboardingStepName): Promise<void> {
    const { epoch } = this.read()[step];
    // Written before the step runs: from here on it may have taken effect, so it will be undone if it comes to that.
    this.write(step, { state: 'running', epoch });
    try {
      await this.table[step].run(epoch);
      this.write(step, { state: 'done', epoch });
    } catch (error) {
      const errorType = isCancellation(error) ? 'Cancelled' : failureType(error);
      this.write(step, { state: 'failed', epoch, errorType });
      await this.undoOne(step);
    }
  }

  private async undoOne(step: OnboardingStepName): Promise<void> {
    const before = this.read()[step];
    try {
      await CancellationScope.nonCancellable(async () => this.table[step].undo?.(before.epoch));
      if (before.state !== 'failed') this.write(step, { state: 'undone', epoch: before.epoch });
    } catch (error) {
      this.write(step, { state: 'undo_failed', epoch: before.epoch, errorType: failureType(error) });
    }
  }
}
