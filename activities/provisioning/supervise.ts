import { Context } from '@temporalio/activity';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import type { EngineRequest } from '../../infra/tenant-stacks/engine/protocol.ts';
import type { ProgressEntry } from '../../infra/db/repositories/stacks.ts';
import type { EngineResult, StackRunner } from './runner.ts';

const DEADLINE_MS = 180_000;

interface Supervision {
  readonly runner: StackRunner;
  readonly request: EngineRequest;
  readonly deadlineMs?: number | undefined;
  readonly onProgress: (progress: readonly ProgressEntry[]) => void;
}

/**
 * Runs the request under a deadline, and ends it when the activity is cancelled; either way Pulumi gets a moment to finish
 * its step.
 * @throws StackFailure; CancelledFailure when cancelled.
 */
export async function supervise({
  runner,
  request,
  deadlineMs = DEADLINE_MS,
  onProgress,
}: Supervision): Promise<EngineResult> {
  const { cancelled, cancellationSignal } = Context.current();
  const states = new Map<string, string>();
  const result = runner.run(request, ({ resource, state }) => {
    states.set(resource, state);
    onProgress([...states].map(([name, latest]) => ({ resource: name, state: latest })));
  });
  const timeUp = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    timeUp.reject(new StackFailure('ProvisioningTimedOut'));
  }, deadlineMs);
  const stopped = Promise.race([timeUp.promise, cancelled]);
  try {
    return await Promise.race([result, stopped]);
  } catch (error) {
    if (cancellationSignal.aborted || isTimeUp(error)) await runner.stop();
    throw error;
  } finally {
    clearTimeout(timer);
    await Promise.allSettled([runner.kill(), result]);
  }
}

const isTimeUp = (error: unknown): boolean => error instanceof StackFailure && error.type === 'ProvisioningTimedOut';
