import {
  CancellationScope,
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  setHandler,
} from '@temporalio/workflow';
import {
  BILLING_CHANGED,
  CUSTOMER_STATUS,
  type BillingChanged,
  type CustomerStatus,
  type Outlook,
} from '../contract/customer.ts';
import type { AcceptedCommand, CancellationReason, CustomerState } from '../domain/customer-state.ts';
import type { Phase } from '../domain/lifecycle.ts';
import { advanceClock } from './advance-clock.ts';
import { LifecycleClock } from './clock.ts';
import { CommandHandlers, type CommandedRun } from './command-handlers.ts';
import { OperatorView } from './operator-view.ts';
import type { PhaseCommand, PhaseAnswers } from './phase-commands.ts';
import { NOT_NOW } from './refusals.ts';
import { Turns } from './turns.ts';

/**
 * One run of a customer's workflow: its state and the messages that reach it. The phase and the commands take turns,
 * so there is one writer at any time. Every message is registered before the first await, because one that finds no
 * handler would be refused.
 */
export class CustomerRun implements CommandedRun {
  readonly clock: LifecycleClock;
  readonly phase: Exclude<Phase, 'ended'>;
  readonly view: OperatorView;
  readonly turns = new Turns();
  private current: CustomerState;
  /** Commands that an earlier phase accepted, which ended before their turn came. */
  private readonly accepted: readonly AcceptedCommand[];
  private moving = false;

  constructor(phase: Exclude<Phase, 'ended'>, state: CustomerState) {
    this.phase = phase;
    const { accepted = [], ...current } = state;
    this.accepted = accepted;
    this.current = current;
    this.clock = new LifecycleClock(state.clockOffsetMs);
    this.view = new OperatorView(phase, () => this.current);
  }

  /** Call it before the first await of the workflow. */
  open(answers: PhaseAnswers): void {
    const { clock, customerId } = this;
    const ofEveryPhase = { advanceClock: advanceClock({ clock, customerId, isOver: () => this.moving }) };
    const commands = { eraseAccount: this.eraseAccount(), ...answers.commands(), ...ofEveryPhase };
    new CommandHandlers(this, commands).listen(this.accepted);
    setHandler(defineSignal<[BillingChanged]>(BILLING_CHANGED), () => {
      this.clock.changed();
    });
    setHandler(defineQuery<CustomerStatus>(CUSTOMER_STATUS), () => this.status(answers));
    // The Web UI's own Cancel means: cancel this customer now.
    CancellationScope.current().cancelRequested.catch(() => {
      this.orderCancellation('support_asked');
    });
  }

  get isMoving(): boolean {
    return this.moving;
  }

  get state(): CustomerState {
    return { ...this.current, clockOffsetMs: this.clock.offsetMs };
  }

  get customerId(): string {
    return this.current.customerId;
  }

  update(change: Partial<CustomerState>): void {
    this.current = { ...this.current, ...change };
  }

  /** The first request counts, except that an erasure always wins. */
  orderCancellation(reason: CancellationReason): void {
    const erase = reason === 'erasure';
    const inTrial = this.phase === 'trial' || this.current.cancellation?.inTrial === true;
    const request = { reason, erase, ...(inTrial && { inTrial: true as const }) };
    if (erase || !this.current.cancellation) this.update({ cancellation: request });
    this.clock.changed();
  }

  /** Rests until the date or a change since the mark, and shows that in the Web UI. */
  async rest(mark: number, until: () => number | null, why: string): Promise<void> {
    this.view.showWaitingFor(why);
    await this.clock.rest(mark, until, why);
  }

  /**
   * Decides in its turn: decisions of the phase and commands never interleave. A result other than undefined ends the
   * phase, and from that instant on no command is taken.
   */
  async decide<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
    return this.turns.take(async () => {
      const next = await work();
      if (next !== undefined) this.moving = true;
      return next;
    });
  }

  /** Waits for the running handlers. The very next statement of the caller must leave this run. */
  async close(): Promise<void> {
    this.moving = true;
    await condition(allHandlersFinished);
  }

  private status(answers: PhaseAnswers): CustomerStatus {
    const { nextAt } = this.clock;
    return {
      phase: this.phase,
      waitingFor: this.view.waitingFor,
      now: new Date(this.clock.now()).toISOString(),
      nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
      trialEndsAt: this.current.trialEndsAt,
      ...ofPhase(answers),
      leavesOn: this.current.leavesOn ?? null,
      leavesNow: this.current.cancellation !== null,
      steps: this.current.onboarding.steps,
    };
  }

  private eraseAccount(): PhaseCommand<'eraseAccount'> {
    return {
      refuse: () => (this.current.cancellation?.erase ? NOT_NOW.eraseAccount('') : undefined),
      run: () => {
        this.orderCancellation('erasure');
        return Promise.resolve({ accepted: true });
      },
    };
  }
}

const NOTHING_AHEAD: Outlook = {
  ...{ endsAt: null, renewsAt: null, ahead: [], pause: null },
  ...{ nextCharge: null, withoutCard: null },
};

/** What only some phases know. */
const ofPhase = (answers: PhaseAnswers) => ({
  leavesAtEnd: answers.leavesAtEnd?.() ?? false,
  paysAtEnd: answers.paysAtEnd?.() ?? false,
  ...(answers.outlook?.() ?? NOTHING_AHEAD),
});
