import type { EngineEvent, PulumiCommand, Stack } from '@pulumi/pulumi/automation/index.js';
import { careOf } from '../care.ts';
import { changesOf, linesOf, stepOf, type Step } from './events.ts';
import { failureOf } from './failures.ts';
import type { EngineMessage, EngineOrder } from './protocol.ts';
import { recover } from './recovery.ts';
import { openStack, stackLog } from './workspace.ts';

interface Hooks {
  readonly onEvent: (event: EngineEvent) => void;
  readonly onOutput: (text: string) => void;
  readonly onError: (text: string) => void;
  readonly signal: AbortSignal;
  readonly color: 'never';
  readonly refresh: boolean;
}

const OPERATIONS: Readonly<Record<EngineOrder['operation'], (stack: Stack, hooks: Hooks) => Promise<unknown>>> = {
  up: (stack, hooks) => stack.up(hooks),
  preview: (stack, hooks) => stack.preview(hooks),
  previewDestroy: (stack, hooks) => stack.previewDestroy(hooks),
  async destroy(stack, hooks) {
    await stack.destroy(hooks);
    await stack.workspace.removeStack(stack.name);
  },
};

interface Operating {
  readonly order: EngineOrder;
  /** The engine's CLI, looked up while the order was on its way. */
  readonly command: Promise<PulumiCommand>;
  readonly signal: AbortSignal;
  readonly say: (message: EngineMessage) => void;
}

/** Runs one operation to its end and says what came of it. Never throws. */
export async function operate({ order, command, signal, say }: Operating): Promise<void> {
  const steps = new Map<string, Step>();
  const log = stackLog(order.folder);
  let diagnostics = '';
  const onEvent = (event: EngineEvent): void => {
    const step = stepOf(event);
    if (step) {
      steps.set(step.resource, step);
      say({ kind: 'progress', resource: step.resource, state: step.state });
    }
    if (event.diagnosticEvent?.severity === 'error') diagnostics += event.diagnosticEvent.message;
  };
  const sweep = () => careOf(order.tenant.target)?.sweep(order.provider, order.tenant.customerId);
  try {
    const stack = await openStack(order, await command);
    const hooks: Hooks = { onEvent, onOutput: log, onError: log, signal, color: 'never', refresh: order.recover };
    if (stack && order.recover) await recover(stack, order.folder, order.breakLock);
    // What a create that was cut off made and the state does not know may hang on what it knows, as a database on its role.
    if (order.operation === 'destroy' && order.recover) await sweep();
    if (stack) await OPERATIONS[order.operation](stack, hooks);
    if (order.operation === 'destroy') await sweep();
    say({ kind: 'done', changes: changesOf(steps.values()), lines: linesOf(steps.values()) });
  } catch (error) {
    log(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    const { type, text } = failureOf(error, diagnostics);
    say({ kind: 'failed', type, text });
  }
}
