import { ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { namesOf, readySteps, stateOf, type Step, type StepState, type StepStates } from '../domain/steps.ts';
import { failureType } from '../activity-calls/failure-type.ts';

/** A step and how it is carried out: idempotent, under keys of the epoch. */
export interface SagaStep extends Step {
  readonly carryOut: (epoch: number) => Promise<unknown>;
  /** Must be safe when the step never happened: "not found" is done. */
  readonly takeBack?: (epoch: number) => Promise<unknown>;
}

const TAKEN_BACK: readonly StepState['state'][] = ['done', 'running', 'undo_failed'];

/**
 * The only code that knows how steps and their compensation work. It keeps no state itself: the states are in the
 * customer's state, so that they survive a change of phase.
 */
export class Saga {
  private readonly steps: readonly SagaStep[];
  private readonly states: () => StepStates;
  private readonly write: (step: string, state: StepState) => void;

  /** @param steps in order, each after those that it needs */
  constructor(
    steps: readonly SagaStep[],
    states: { read: () => StepStates; write: (step: string, state: StepState) => void },
  ) {
    this.steps = steps;
    this.states = states.read;
    this.write = states.write;
  }

  /**
   * Runs every step that is not done, each as soon as what it needs is done. After a failure no further step starts,
   * running steps finish, and what the failed step did in part is undone. Cancelling the scope ends it the same way.
   */
  async run(): Promise<void> {
    const running = new Map<string, Promise<void>>();
    for (;;) {
      for (const step of this.startable())
        running.set(
          step.name,
          this.attempt(step).finally(() => running.delete(step.name)),
        );
      if (running.size === 0) return;
      await Promise.race(running.values());
    }
  }

  /** Steps whose failure stops the onboarding. */
  failed(): string[] {
    const stops = ({ name, whenItFails }: SagaStep): boolean => {
      const { state } = this.stateOf(name);
      return state === 'undo_failed' || (state === 'failed' && whenItFails === 'policy');
    };
    return namesOf(this.steps.filter(stops));
  }

  /** The steps among these whose undo has something to do, in the order they are undone. */
  undoable(names: readonly string[]): string[] {
    return namesOf(this.takenBack(names).filter(({ takeBack }) => takeBack !== undefined));
  }

  /**
   * Undoes steps, last first, each once: a step that never began, or that failed and was undone then, needs nothing.
   */
  async undo(names: readonly string[]): Promise<void> {
    for (const step of this.takenBack(names)) await this.undoOne(step);
  }

  /** @throws ApplicationFailure of the type with which its undo failed */
  async undoOrThrow(name: string): Promise<void> {
    await this.undo([name]);
    const { state, errorType } = this.stateOf(name);
    if (state === 'undo_failed')
      throw ApplicationFailure.create({ message: `${name} is not undone.`, type: errorType ?? 'Unknown' });
  }

  private takenBack(names: readonly string[]): SagaStep[] {
    // A mail cannot be undone: it stays sent, and a replay does not send it again.
    const undoes = ({ name, whenItFails }: SagaStep): boolean =>
      whenItFails !== 'continue' && TAKEN_BACK.includes(this.stateOf(name).state);
    return this.steps.filter((step) => names.includes(step.name) && undoes(step)).reverse();
  }

  /**
   * Lets steps run again, under new keys: a provider repeats its old answer for an old key, even if it was a failure.
   */
  reset(names: readonly string[]): void {
    for (const name of names) this.write(name, { state: 'waiting', epoch: this.stateOf(name).epoch + 1 });
  }

  /** Runs steps again under the keys they had: their outcome was in doubt, and may be known by now. */
  async ask(names: readonly string[]): Promise<void> {
    for (const step of this.steps) if (names.includes(step.name)) await this.attempt(step);
  }

  private startable(): readonly SagaStep[] {
    if (this.failed().length > 0 || CancellationScope.current().consideredCancelled) return [];
    const settled = this.steps.filter((step) => this.isSettled(step));
    const waiting = this.steps.filter(({ name }) => ['waiting', 'undone'].includes(this.stateOf(name).state));
    return readySteps(waiting, new Set(namesOf(settled)));
  }

  private isSettled({ name, whenItFails }: SagaStep): boolean {
    const { state } = this.stateOf(name);
    return state === 'done' || state === 'skipped' || (state === 'failed' && whenItFails === 'continue');
  }

  private async attempt(step: SagaStep): Promise<void> {
    const { name } = step;
    const { epoch } = this.stateOf(name);
    // Written before the step runs: from here on it may have taken effect, so it must be included in an undo.
    this.write(name, { state: 'running', epoch });
    try {
      await step.carryOut(epoch);
      this.write(name, { state: 'done', epoch });
    } catch (error) {
      const errorType = isCancellation(error) ? 'Cancelled' : failureType(error);
      this.write(name, { state: 'failed', epoch, errorType });
      await this.undoOne(step);
    }
  }

  private async undoOne(step: SagaStep): Promise<void> {
    const { name } = step;
    const { state, epoch } = this.stateOf(name);
    try {
      await CancellationScope.nonCancellable(async () => step.takeBack?.(epoch));
      if (state !== 'failed') this.write(name, { state: 'undone', epoch });
    } catch (error) {
      this.write(name, { state: 'undo_failed', epoch, errorType: failureType(error) });
    }
  }

  private stateOf(name: string): StepState {
    return stateOf(this.states(), name);
  }
}
