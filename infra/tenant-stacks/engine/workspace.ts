import { appendFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import {
  LocalWorkspace,
  StackAlreadyExistsError,
  StackNotFoundError,
  type PulumiFn,
  type Stack,
} from '@pulumi/pulumi/automation/index.js';
import { StackFailure } from '../errors.ts';
import { tenantNames } from '../spec.ts';
import { installProductPlugin } from '../own/install.ts';
import type { Target } from '../target.ts';
import { backendFolder, pluginsOf, stackPaths } from './paths.ts';
import { PROJECT, type EngineOperation, type EngineRequest } from './protocol.ts';

const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];

const engineEnvironment = (plugins: string, home: string): Record<string, string> => ({
  PATH: [plugins, dirname(process.execPath), ...SYSTEM_PATH].join(delimiter),
  PULUMI_HOME: home,
  PULUMI_SKIP_UPDATE_CHECK: '1',
  // Everything an operation needs is on this machine: a download in the middle of one would be a delay that nobody can explain.
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: '1',
  PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: '1',
});

/** Operations that need a stack but no program. */
const REMOVES: ReadonlySet<EngineOperation> = new Set<EngineOperation>(['destroy', 'previewDestroy']);

/** To remove resources the engine needs the state, not a program. */
const NO_PROGRAM: PulumiFn = () => Promise.resolve({});

/**
 * After its work `up` runs the CLI three more times, for outputs and a history that nobody reads here: the program's own
 * outputs are kept, and our rows are the history. That is a third of an operation's time.
 */
function withoutReports(stack: Stack): Stack {
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  return stack;
}

/**
 * A backend of files keeps attributes beside each file and writes them in place: killed in the middle it leaves an empty
 * one, and an intact state can no longer be read. Nothing needs them.
 */
function engineUrl(backendUrl: string): string {
  const folder = backendFolder(backendUrl);
  return folder === undefined ? backendUrl : `${pathToFileURL(folder).href}?metadata=skip`;
}

/**
 * Selects or creates the stack as the database says, and does the other when that was wrong: an answer may have been lost.
 * @throws StackFailure `StateMissing` rather than creating a stack again for a tenant who has one
 */
async function openOrCreate(request: EngineRequest, program: PulumiFn, pulumiCommand: PulumiCommand): Promise<Stack> {
  const { work, home } = stackPaths(request.folder);
  const plugins = pluginsOf(request.folder, request.runId);
  const args = { stackName: tenantNames(request.tenant.customerId).stack, projectName: PROJECT, program };
  const options = {
    workDir: work,
    pulumiCommand,
    projectSettings: { name: PROJECT, runtime: 'nodejs' as const, backend: { url: engineUrl(request.backendUrl) } },
    envVars: engineEnvironment(plugins, home),
  };
  const select = () => LocalWorkspace.selectStack(args, options);
  const create = () => LocalWorkspace.createStack(args, options);
  try {
    return await (request.exists || REMOVES.has(request.operation) ? select() : create());
  } catch (error) {
    if (error instanceof StackNotFoundError && !REMOVES.has(request.operation)) {
      if (request.kept) throw new StackFailure('StateMissing');
      return create();
    }
    if (error instanceof StackAlreadyExistsError) return select();
    throw error;
  }
}

interface Opening {
  readonly request: EngineRequest;
  readonly target: Target;
  readonly program: PulumiFn | undefined;
  readonly pulumiCommand: PulumiCommand;
}

/**
 * Prepares everything the engine needs and opens the stack.
 * @returns undefined when it is to be destroyed and does not exist.
 */
export async function openStack({ request, target, program, pulumiCommand }: Opening): Promise<Stack | undefined> {
  const { work, plugins, home } = stackPaths(request.folder);
  // The CLI writes these settings in place, so a kill may have left half of them; it makes them again. So with leftovers of dead runs.
  for (const folder of [work, join(home, 'workspaces'), plugins]) await rm(folder, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  const backend = backendFolder(request.backendUrl);
  if (backend !== undefined) await mkdir(backend, { recursive: true });
  const folderOfPlugins = pluginsOf(request.folder, request.runId);
  await target.prepare(folderOfPlugins);
  if (request.product) await installProductPlugin(folderOfPlugins, request.product);
  try {
    return withoutReports(await openOrCreate(request, program ?? NO_PROGRAM, pulumiCommand));
  } catch (error) {
    if (error instanceof StackNotFoundError) return undefined;
    throw error;
  }
}

/** The only place the engine's own text goes to. */
export const stackLog =
  (folder: string) =>
  (text: string): void => {
    appendFileSync(stackPaths(folder).log, text, { mode: 0o600 });
  };
