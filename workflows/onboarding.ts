import { CancellationScope, condition, defineQuery, patched, setHandler } from '@temporalio/workflow';
import { accounts, email, licences, support } from './activity-calls/proxies.ts';
import type { Commands, ReplayFrom } from './contract/commands.ts';
import { REPLAY_PLAN, type ReplayPlan, type ReplayQuestion } from './contract/replay.ts';
import type { CustomerRun } from './phase/customer-run.ts';
import { cancelledBy, type CustomerState } from './domain/customer-state.ts';
import { stepsOf, trialBeginsAnew } from './domain/core-steps.ts';
import { afterOnboarding, type PhaseOfLife } from './domain/lifecycle.ts';
import {
  failedPart,
  failedSteps,
  namesOf,
  replayPlaces,
  stateOf,
  stepsTaking,
  touchedBy,
  withDependents,
  type Step,
  type StepState,
} from './domain/steps.ts';
import { retryAfterMs } from './domain/retries.ts';
import { DAY_MS, HOUR_MS } from './domain/time.ts';
import { pastReminders, trialIsOutdated } from './domain/trial.ts';
import { openSaga } from './onboarding/onboarding-steps.ts';
import { alertOfFailedSteps, askOfMailsInDoubt } from './phase/late-replay.ts';
import type { PhaseCommands } from './phase/phase-commands.ts';
import { runPhase } from './phase/phase.ts';
import type { Saga } from './onboarding/saga.ts';
import { sendOrAlert } from './phase/send-or-alert.ts';
import { restartTrial } from './onboarding/whole-trial.ts';

/** From the signup to a working instance with a running trial, or to an orderly end. */
export async function onboarding(state: CustomerState): Promise<void> {
  await runPhase({ phase: 'onboarding', create: (customer) => new OnboardingRun(customer) }, state);
}

class OnboardingRun {
  private readonly customer: CustomerRun;
  private readonly saga: Saga;
  private readonly steps: readonly Step[];
  private replay: (ReplayPlan & { readonly auditId: number }) | null = null;
  private abandoned = false;
  private parked = false;
  private succeeded = false;

  constructor(customer: CustomerRun) {
    this.customer = customer;
    this.saga = openSaga(customer);
    this.steps = stepsOf(customer.state.terms);
    setHandler(defineQuery<ReplayPlan, [ReplayQuestion]>(REPLAY_PLAN), ({ from, corrected = [] }) =>
      this.plan(from, stepsTaking(this.steps, corrected)),
    );
  }

  async live(): Promise<PhaseOfLife | 'cancellation' | 'ended'> {
    for (;;) {
      await this.attempt();
      if (this.interrupted()) return this.leave();
      if (this.saga.failed().length === 0) return this.succeed();
      await this.park();
      if (this.replay === null) return this.leave();
      await this.prepareReplay();
    }
  }

  commands(): PhaseCommands {
    return {
      resumeOnboarding: {
        refuse: ({ from }) => this.refuseReplay(from),
        run: (argument) => this.acceptReplay(argument),
      },
      abandonOnboarding: {
        refuse: () => (this.succeeded ? 'The onboarding is done; cancel the customer instead.' : undefined),
        run: () => {
          this.abandoned = true;
          return Promise.resolve({ accepted: true });
        },
      },
      cancel: {
        run: ({ actor }) => {
          this.customer.orderCancellation(cancelledBy(actor));
          return Promise.resolve({ endsAt: null });
        },
      },
    };
  }

  private interrupted(): boolean {
    return this.abandoned || this.customer.state.cancellation !== null;
  }

  /** Runs what is not done; ends early when somebody cancels or abandons. */
  private async attempt(): Promise<void> {
    this.customer.view.showWaitingFor('the steps of the onboarding');
    const scope = new CancellationScope({ cancellable: true });
    const running = scope.run(() => this.saga.run());
    await Promise.race([running, condition(() => this.interrupted())]);
    if (this.interrupted()) scope.cancel();
    await running;
  }

  private async succeed(): Promise<PhaseOfLife> {
    this.succeeded = true;
    await askOfMailsInDoubt(this.customer, this.saga);
    await this.settle('done');
    this.customer.view.needsAttention(null);
    await alertOfFailedSteps(this.customer, 1);
    const { terms, trialEndsAt } = this.customer.state;
    if (trialEndsAt !== null)
      this.customer.update({ trialDutiesDone: pastReminders(terms, trialEndsAt, this.customer.clock.now()) });
    return afterOnboarding(terms);
  }

  /** Records the failure, tells support and the customer, and waits for a person; nothing waits unseen. */
  private async park(): Promise<void> {
    const { clock, state } = this.customer;
    const { onboarding: policy } = state.terms;
    if (policy.whenAStepFails === 'rollback') await this.saga.undo(namesOf(this.steps));
    const giveUpAt = clock.now() + policy.parkedDays * DAY_MS;
    this.replay = null;
    this.parked = true;
    this.customer.view.needsAttention(null);
    await this.settle('failed');
    for (let alert = 1; !this.decided() && clock.now() < giveUpAt; alert += 1) {
      await alertOfFailedSteps(this.customer, alert);
      const nextAlert = clock.now() + policy.alertEveryHours * HOUR_MS;
      while (!this.decided() && clock.now() < Math.min(nextAlert, giveUpAt))
        await this.customer.rest(clock.mark(), () => Math.min(nextAlert, giveUpAt), 'support to correct and replay');
    }
    this.parked = false;
  }

  private decided(): boolean {
    return this.replay !== null || this.interrupted();
  }

  private refuseReplay(from: ReplayFrom): string | undefined {
    if (!this.parked) return 'The onboarding is still running; there is nothing to replay unless it fails.';
    if (this.replay) return 'A replay was accepted a moment ago and is starting.';
    const places = replayPlaces(this.steps);
    return places.includes(from) ? undefined : `This customer has no step "${from}". Choose: ${places.join(', ')}.`;
  }

  private async acceptReplay(
    argument: Commands['resumeOnboarding']['argument'],
  ): Promise<Commands['resumeOnboarding']['result']> {
    const { customerId } = this.customer;
    const corrected =
      argument.correctionId === undefined
        ? null
        : await accounts.applyCorrection({ customerId, correctionId: argument.correctionId });
    if (corrected?.terms) {
      this.customer.update({ terms: corrected.terms });
      await licences.renewLicence({
        customerId,
        expiresAt: this.customer.state.licensedUntil,
        reason: 'plan corrected',
      });
    }
    this.replay = {
      ...this.plan(argument.from, corrected ? touchedBy(this.steps, corrected) : []),
      auditId: argument.auditId,
    };
    const { willRun } = this.replay;
    const generation = this.customer.state.onboarding.generation + 1;
    return { willRun, nothingToDo: willRun.length === 0, generation };
  }

  /** What a replay runs, skips and undoes: a step that is done and was not chosen stays done, unless it is outdated. */
  private plan(from: ReplayFrom, touched: readonly string[] = []): ReplayPlan {
    const { terms, trialEndsAt } = this.customer.state;
    const all = namesOf(this.steps);
    const outdated = trialIsOutdated(terms, trialEndsAt, this.customer.clock.now()) ? ['trialSubscription'] : [];
    const chosen = from === 'failed' ? [] : from === 'start' ? all : [from];
    const willUndo = this.saga.undoable(withDependents(this.steps, new Set(chosen)));
    const willRun = withDependents(this.steps, new Set([...this.unfinished(), ...chosen, ...touched, ...outdated]));
    return { willRun, willUndo, willSkip: all.filter((step) => !willRun.includes(step)) };
  }

  private unfinished(): string[] {
    return namesOf(this.steps).filter((step) => this.stateOf(step).state !== 'done');
  }

  private stateOf(step: string): StepState {
    return stateOf(this.customer.state.onboarding.steps, step);
  }

  private async prepareReplay(): Promise<void> {
    if (!this.replay) return;
    await this.saga.undo(this.replay.willUndo);
    this.saga.reset(this.replay.willRun);
    const { onboarding } = this.customer.state;
    this.customer.update({ onboarding: { ...onboarding, generation: onboarding.generation + 1 } });
    this.customer.view.needsAttention(null);
    if (trialBeginsAnew(this.replay.willRun)) await restartTrial(this.customer);
    await this.settle('replaying');
  }

  /** Compensates everything. A customer who cancelled still goes through the cancellation; a failed one ends here. */
  private async leave(): Promise<'cancellation' | 'ended'> {
    await this.compensate();
    await this.settle('compensated');
    if (this.customer.state.cancellation) return 'cancellation';
    const { customerId } = this.customer;
    await sendOrAlert(this.customer, { name: 'onboarding ended', key: `${customerId}:onboardingEnded` }, (key) =>
      email.sendOnboardingEndedMail({ customerId, key }),
    );
    await licences.revokeAccess({ customerId });
    await accounts.endCustomer({ customerId, reason: 'onboarding_failed' });
    // An erasure may have been accepted meanwhile: the cancellation carries it out.
    const erases = () => (this.customer.state.cancellation?.erase ? 'cancellation' : 'ended');
    const next = await this.customer.decide(() => Promise.resolve(erases()));
    return next === 'cancellation' && patched('an erasure accepted during the end') ? next : 'ended';
  }

  /** Undoes everything. An undo that fails is not dropped: support is told, and it is tried again. */
  private async compensate(): Promise<void> {
    for (let round = 1; ; round += 1) {
      await this.saga.undo(namesOf(this.steps));
      const stuck = this.saga.failed().filter((step) => this.stateOf(step).state === 'undo_failed');
      if (stuck.length === 0) return;
      this.customer.view.needsAttention(null);
      await this.settle('failed');
      await alertOfFailedSteps(this.customer, round);
      const [first] = stuck;
      const errorType = (first !== undefined && this.stateOf(first).errorType) || 'Unknown';
      const again = this.customer.clock.now() + retryAfterMs(round, errorType);
      while (this.customer.clock.now() < again)
        await this.customer.rest(
          this.customer.clock.mark(),
          () => again,
          `another try to take back ${stuck.join(', ')}`,
        );
    }
  }

  /** Brings the ledger in Postgres in line with what this run knows. */
  private async settle(outcome: 'done' | 'failed' | 'replaying' | 'compensated'): Promise<void> {
    const { customerId, onboarding } = this.customer.state;
    const replay = outcome === 'replaying' && this.replay;
    const replayed = replay ? { replay: { auditId: replay.auditId, steps: replay.willRun } } : {};
    await support.recordOnboarding({ customerId, outcome, ...onboarding, ...replayed });
    if (outcome !== 'failed') return;
    const mail = { name: 'deployment failed', key: `${customerId}:deploymentFailed:${String(onboarding.generation)}` };
    const part = failedPart(this.steps, failedSteps(onboarding.steps));
    await sendOrAlert(this.customer, mail, (key) => email.sendDeploymentFailedMail({ customerId, key, part }));
  }
}
