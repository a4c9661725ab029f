import {
  ApplicationFailure,
  CancellationScope,
  TemporalFailure,
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { advanceClock } from './advance-clock.ts';
import { LifecycleClock } from './clock.ts';
import * as contract from '../contract.ts';
import type { CommandName, Commands } from '../contract.ts';
import {
  withNewerSteps,
  type AcceptedCommand,
  type AnsweredCommand,
  type CancellationReason,
  type CustomerState,
} from '../domain/customer-state.ts';
import { failuresInWords, isTransient } from '../domain/failures.ts';
import type { Phase } from '../domain/lifecycle.ts';
import { failedSteps } from '../domain/onboarding-plan.ts';
import type { PhaseCommand, PhaseCommands, PhaseFront } from './phase-front.ts';
import { NOT_NOW } from './refusals.ts';
import { Turns } from './turns.ts';

type Argument<N extends CommandName> = Commands[N]['argument'];
type Result<N extends CommandName> = Commands[N]['result'];

/** Enough for every double click and every retry of a caller; bounded because it travels with each change of phase. */
const ANSWERS_KEPT = 30;

const refusal = (sentence: string): ApplicationFailure => ApplicationFailure.nonRetryable(sentence, contract.REFUSED);

/**
 * One customer's desk: the state of this run and the messages that reach it. The phase and the commands take turns,
 * so there is one writer at any time. Every message is registered before the first await, because one that finds no
 * handler would be refused.
 */
export class Desk {
  readonly clock: LifecycleClock;
  private waitingFor = 'the start';
  /** Undefined until it was first told: a hop carries search attributes over. */
  private attention: string | null | undefined;
  readonly phase: Exclude<Phase, 'ended'>;
  private commands: PhaseCommands = {};
  private held: CustomerState;
  /** By an earlier phase, which ended before their turn came. */
  private readonly accepted: readonly AcceptedCommand[];
  private moving = false;
  private readonly turns = new Turns();

  constructor(phase: Exclude<Phase, 'ended'>, state: CustomerState) {
    this.phase = phase;
    const { accepted = [], ...held } = state;
    this.accepted = accepted;
    this.held = withNewerSteps(held);
    this.clock = new LifecycleClock(state.clockOffsetMs);
  }

  /** To be called before the first await of the workflow. */
  open(front: PhaseFront): void {
    const { clock, customerId } = this;
    const ofTheDesk = { advanceClock: advanceClock({ clock, customerId, isOver: () => this.moving }) };
    this.commands = { eraseAccount: this.eraseAccount(), ...front.commands(), ...ofTheDesk };
    // Before anybody can ask again: their turn comes first.
    for (const command of this.accepted) void this.carryOut(command);
    for (const name of Object.keys(NOT_NOW) as CommandName[]) this.listenFor(name);
    setHandler(defineSignal<[contract.BillingChanged]>(contract.BILLING_CHANGED), () => {
      this.clock.changed();
    });
    setHandler(defineQuery<contract.CustomerStatus>(contract.CUSTOMER_STATUS), () => this.status(front));
    // The Web UI's own Cancel means: cancel this customer now.
    CancellationScope.current().cancelRequested.catch(() => {
      this.orderCancellation('support_asked');
    });
  }

  get state(): CustomerState {
    return { ...this.held, clockOffsetMs: this.clock.offsetMs };
  }

  get customerId(): string {
    return this.held.customerId;
  }

  update(change: Partial<CustomerState>): void {
    this.held = { ...this.held, ...change };
  }

  /** The first order stands, except that an erasure always wins. */
  orderCancellation(reason: CancellationReason): void {
    const erase = reason === 'erasure';
    if (erase || !this.held.cancellation) this.update({ cancellation: { reason, erase } });
    this.clock.changed();
  }

  /** Rests until the date or a change since the mark; says so to whoever looks. */
  async rest(mark: number, until: () => number | null, why: string): Promise<void> {
    this.says(why);
    await this.clock.rest(mark, until, why);
  }

  /**
   * Decides alone: decisions of the phase and commands never interleave. A result that is not undefined ends the
   * phase, and from that instant on no command is taken.
   */
  async decide<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.turns.take(async () => {
      const next = await work();
      if (next !== undefined) this.moving = true;
      return next;
    });
  }

  /** Waits for the handlers under way. The very next statement of the caller must leave this run. */
  async close(): Promise<void> {
    this.moving = true;
    await condition(allHandlersFinished);
  }

  /** What is being waited for: for the pages by query, for operators in the Web UI. */
  says(waitingFor: string): void {
    this.waitingFor = waitingFor;
    const { terms, onboarding } = this.held;
    const headline = `**${this.phase}** · plan ${terms.plan} · waiting for ${waitingFor}`;
    setCurrentDetails([headline, ...failuresInWords(onboarding.steps)].join('\n\n'));
  }

  /** What needs a person, for operators who filter by it: the phase's own trouble, else steps that failed, else nothing. */
  needsAttention(trouble: string | null): void {
    const failed = failedSteps(this.held.onboarding.steps).join(',');
    const what = trouble ?? (failed === '' ? null : failed);
    if (what === this.attention) return;
    this.attention = what;
    upsertSearchAttributes({ [contract.SEARCH_ATTRIBUTES.attention]: what === null ? [] : [what] });
  }

  /** A duty failed: operators find the customer by it, unless it only waits for something Tenure depends on. */
  failed(duty: string, errorType: string): void {
    if (isTransient(errorType) && patched('waiting-needs-nobody')) return;
    this.needsAttention(duty);
  }

  private status(front: PhaseFront): contract.CustomerStatus {
    const { nextAt } = this.clock;
    return {
      phase: this.phase,
      waitingFor: this.waitingFor,
      now: new Date(this.clock.now()).toISOString(),
      nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
      trialEndsAt: this.held.trialEndsAt,
      leavesAtEnd: front.leavesAtEnd?.() ?? false,
      steps: this.held.onboarding.steps,
    };
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
    if (this.moving)
      throw ApplicationFailure.nonRetryable(
        'This customer is moving to the next phase. Try again.',
        contract.MOVING_ON,
      );
    const command = this.commands[name];
    if (!command) throw refusal(NOT_NOW[name](this.phase));
    const sentence = command.refuse?.(argument);
    if (sentence !== undefined) throw refusal(sentence);
    return command;
  }

  private async answer<N extends CommandName>(name: N, argument: Argument<N>): Promise<Result<N>> {
    const commandId = currentUpdateInfo()?.id ?? '';
    // The clock does not take a turn: moving it is what lets the phase, whose turn it may be, go on.
    if (name === 'advanceClock') return this.once(commandId, () => this.admit(name, argument).run(argument));
    return this.turns.take(() =>
      this.once(commandId, async () => {
        if (this.moving) this.leaveToNextPhase({ commandId, name, argument });
        const result = await this.admit(name, argument).run(argument);
        this.clock.changed();
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
    this.update({ accepted: [...(this.held.accepted ?? []), command] });
    throw ApplicationFailure.nonRetryable('The next phase carries this out. Ask again.', contract.CARRIED_ON);
  }

  /** What an earlier phase accepted. Nobody may be waiting any more: a refusal is kept for whoever asks again. */
  private carryOut({ commandId, name, argument }: AcceptedCommand): Promise<unknown> {
    const command = name as CommandName;
    return this.turns.take(async () => {
      try {
        await this.once(commandId, () => this.admit(command, argument as never).run(argument as never));
      } catch (error) {
        if (!(error instanceof TemporalFailure)) throw error;
        if (error instanceof ApplicationFailure) this.remember({ commandId, result: null, refusal: error.message });
      }
      this.clock.changed();
    });
  }

  private answered(commandId = currentUpdateInfo()?.id): AnsweredCommand | undefined {
    return this.held.answered.find((answer) => answer.commandId === commandId);
  }

  private remember(answer: AnsweredCommand): void {
    this.update({ answered: [...this.held.answered, answer].slice(-ANSWERS_KEPT) });
  }

  private eraseAccount(): PhaseCommand<'eraseAccount'> {
    return {
      refuse: () => (this.held.cancellation?.erase ? NOT_NOW.eraseAccount('') : undefined),
      run: () => {
        this.orderCancellation('erasure');
        return Promise.resolve({ accepted: true });
      },
    };
  }
}
