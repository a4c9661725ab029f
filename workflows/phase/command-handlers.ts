import { ApplicationFailure, TemporalFailure, currentUpdateInfo, defineUpdate, setHandler } from '@temporalio/workflow';
import { CARRIED_ON, MOVING_ON, type CommandName, type Commands } from '../contract/commands.ts';
import type { AcceptedCommand, AnsweredCommand, CustomerState } from '../domain/customer-state.ts';
import type { LifecycleClock } from './clock.ts';
import type { PhaseCommand, PhaseCommands } from './phase-commands.ts';
import { NOT_NOW, refusal } from './refusals.ts';
import type { Turns } from './turns.ts';

type Argument<N extends CommandName> = Commands[N]['argument'];
type Result<N extends CommandName> = Commands[N]['result'];

/**
 * Enough for every double click and every retry of a caller; limited because the answers are carried through each
 * change of phase.
 */
const ANSWERS_KEPT = 30;

/** The run that commands reach. */
export interface CommandedRun {
  readonly phase: string;
  readonly turns: Turns;
  /** Telling the clock that something changed ends its wait. */
  readonly clock: Pick<LifecycleClock, 'changed'>;
  /** Whether it is leaving for the next phase and no longer takes commands. */
  readonly isMoving: boolean;
  readonly state: Pick<CustomerState, 'accepted' | 'answered'>;
  update(change: Partial<CustomerState>): void;
}

/** Takes the commands that reach a run, each once, in turn with the phase's own decisions. */
export class CommandHandlers {
  private readonly run: CommandedRun;
  private readonly commands: PhaseCommands;

  constructor(run: CommandedRun, commands: PhaseCommands) {
    this.run = run;
    this.commands = commands;
  }

  /**
   * Call it before the first await of the workflow, with the commands that an earlier phase accepted but did not carry
   * out.
   */
  listen(accepted: readonly AcceptedCommand[]): void {
    // Before anybody can ask again: their turn comes first.
    for (const command of accepted) void this.carryOut(command);
    for (const name of Object.keys(NOT_NOW) as CommandName[]) this.listenFor(name);
  }

  private listenFor(name: CommandName): void {
    setHandler(
      defineUpdate<unknown, [Argument<CommandName>]>(name),
      (argument: Argument<CommandName>) => this.answer(name, argument),
      {
        validator: (argument: Argument<CommandName>) => {
          if (!this.answered()) this.admit(name, argument);
        },
      },
    );
  }

  private admit<N extends CommandName>(name: N, argument: Argument<N>): PhaseCommand<N> {
    if (this.run.isMoving)
      throw ApplicationFailure.nonRetryable('This customer is moving to the next phase. Try again.', MOVING_ON);
    const command = this.commands[name];
    if (!command) throw refusal(NOT_NOW[name](this.run.phase));
    const sentence = command.refuse?.(argument);
    if (sentence !== undefined) throw refusal(sentence);
    return command;
  }

  private async answer<N extends CommandName>(name: N, argument: Argument<N>): Promise<Result<N>> {
    const commandId = currentUpdateInfo()?.id ?? '';
    // The clock does not take a turn: moving it is what lets the phase, whose turn it may be, go on.
    if (name === 'advanceClock') return this.once(commandId, () => this.admit(name, argument).run(argument));
    return this.run.turns.take(() =>
      this.once(commandId, async () => {
        if (this.run.isMoving) this.leaveToNextPhase({ commandId, name, argument });
        const result = await this.admit(name, argument).run(argument);
        this.run.clock.changed();
        return result;
      }),
    );
  }

  /** Runs a command, or repeats the answer it was given before. */
  private async once<R>(commandId: string, run: () => Promise<R>): Promise<R> {
    const known = this.answered(commandId);
    if (known?.refusal !== undefined) throw refusal(known.refusal);
    if (known) return known.result as R;
    const result = await run();
    this.remember({ commandId, result });
    return result;
  }

  private leaveToNextPhase(command: AcceptedCommand): never {
    this.run.update({ accepted: [...(this.run.state.accepted ?? []), command] });
    throw ApplicationFailure.nonRetryable('The next phase carries this out. Ask again.', CARRIED_ON);
  }

  /**
   * Carries out a command that an earlier phase accepted. The caller may no longer be waiting: a refusal is kept for
   * when they ask again.
   */
  private carryOut({ commandId, name, argument }: AcceptedCommand): Promise<unknown> {
    const command = name as CommandName;
    return this.run.turns.take(async () => {
      try {
        await this.once(commandId, () => this.admit(command, argument as never).run(argument as never));
      } catch (error) {
        if (!(error instanceof TemporalFailure)) throw error;
        if (error instanceof ApplicationFailure) this.remember({ commandId, result: null, refusal: error.message });
      }
      this.run.clock.changed();
    });
  }

  private answered(commandId = currentUpdateInfo()?.id): AnsweredCommand | undefined {
    return this.run.state.answered.find((answer) => answer.commandId === commandId);
  }

  private remember(answer: AnsweredCommand): void {
    this.run.update({ answered: [...this.run.state.answered, answer].slice(-ANSWERS_KEPT) });
  }
}
