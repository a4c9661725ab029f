import { inspect } from 'node:util';
import type { EngineEvent, PulumiCommand, Stack } from '@pulumi/pulumi/automation/index.js';
import type { TenantOutputs, TenantSpec } from '../spec.ts';
import { openTarget } from '../targets.ts';
import { changesOf, linesOf, stepOf, type Step } from './events.ts';
import { failureOf } from './failures.ts';
import type { EngineMessage, EngineRequest } from './protocol.ts';
import { recover } from './recovery.ts';
import { ProgramWithOutputs } from './outputs.ts';
import { openStack, stackLog } from './workspace.ts';

interface Hooks {
  readonly onEvent: (event: EngineEvent) => void;
  readonly onOutput: (text: string) => void;
  readonly onError: (text: string) => void;
  readonly signal: AbortSignal;
  readonly color: 'never';
  readonly refresh: boolean;
}

const OPERATIONS: Readonly<Record<EngineRequest['operation'], (stack: Stack, hooks: Hooks) => Promise<unknown>>> = {
  up: (stack, hooks) => stack.up(hooks),
  preview: (stack, hooks) => stack.preview(hooks),
  previewDestroy: (stack, hooks) => stack.previewDestroy(hooks),
  async destroy(stack, hooks) {
    await stack.destroy(hooks);
    await stack.workspace.removeStack(stack.name);
  },
};

interface Operating {
  readonly request: EngineRequest;
  /** The engine's CLI, looked up while the request was on its way. */
  readonly command: Promise<PulumiCommand>;
  readonly signal: AbortSignal;
  readonly say: (message: EngineMessage) => void;
}

/** What the engine reports while it works: the steps that the page shows, and the errors it ends with. */
function listen(say: Operating['say']) {
  const steps = new Map<string, Step>();
  let diagnostics = '';
  const onEvent = (event: EngineEvent): void => {
    const step = stepOf(event);
    if (step) {
      steps.set(step.resource, step);
      say({ kind: 'progress', resource: step.resource, state: step.state });
    }
    if (event.diagnosticEvent?.severity === 'error') diagnostics += event.diagnosticEvent.message;
  };
  return { onEvent, steps, diagnostics: () => diagnostics };
}

/** The product is loaded only where it has resources. */
async function ownOf({ product }: EngineRequest, spec: TenantSpec): Promise<() => void> {
  return product ? (await import('../own/resources.ts')).ownResources(product, spec) : () => undefined;
}

/** A create that was cut off may have left resources of the product that no state knows. */
async function sweepOwn({ product, tenant }: EngineRequest): Promise<void> {
  if (product) await (await import('../own/resources.ts')).sweepOwnResources(product, tenant.customerId);
}

interface Work {
  readonly request: EngineRequest;
  readonly command: Operating['command'];
  readonly hooks: Hooks;
}

/** @returns the stack's outputs, if it was made */
async function carryOut({ request, command, hooks }: Work): Promise<TenantOutputs | undefined> {
  const { operation, tenant, spec, recover: cutOff } = request;
  const target = openTarget(tenant.target, request.settings);
  const sweep = async (): Promise<void> => {
    await sweepOwn(request);
    await target.sweep(tenant.customerId);
  };
  const program = spec && new ProgramWithOutputs(await target.program(spec), await ownOf(request, spec));
  const stack = await openStack({ request, target, program: program?.run, pulumiCommand: await command });
  if (stack && cutOff) await recover(stack, request.folder, request.breakLock);
  // Leftovers of a create that was cut off may depend on resources in the state, as a database does on its role.
  if (operation === 'destroy' && cutOff) await sweep();
  if (stack) await OPERATIONS[operation](stack, hooks);
  if (operation === 'destroy') await sweep();
  return program?.outputs;
}

/** Runs one operation to its end and reports the outcome. Never throws. */
export async function operate({ request, command, signal, say }: Operating): Promise<void> {
  const log = stackLog(request.folder);
  const { onEvent, steps, diagnostics } = listen(say);
  const hooks: Hooks = { onEvent, onOutput: log, onError: log, signal, color: 'never', refresh: request.recover };
  try {
    const outputs = await carryOut({ request, command, hooks });
    say({ kind: 'done', changes: changesOf(steps.values()), lines: linesOf(steps.values()), outputs });
  } catch (error) {
    log(`\n${inspect(error)}\n`);
    const { type, text } = failureOf(error, diagnostics());
    say({ kind: 'failed', type, text });
  }
}
