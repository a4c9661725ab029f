import { copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findStack } from '../../infra/db/repositories/stacks.ts';
import type { EngineRequest } from '../../infra/tenant-stacks/engine/protocol.ts';
import { tenantNames } from '../../infra/tenant-stacks/spec.ts';
import type { StackChanges } from '../../workflows/contract/replay.ts';
import type { StackOperation } from '../../workflows/contract/stack.ts';
import type { Replayed } from '../accounts/as-replayed.ts';
import { ownOf, targetSettings, type ProvisioningDeps } from './deps.ts';
import { readReplayedSpec } from './desired-spec.ts';
import { isGone, OPERATIONS, stackFolder } from './operation.ts';
import { StackRunner } from './runner.ts';
import { supervise } from './supervise.ts';

export interface StackQuestion extends Replayed {
  /** `create` asks as if there were no stack. */
  readonly operation: StackOperation['operation'];
}

/** The stack's own settings contain the salt that is needed to read its secrets. */
async function borrowSettings(deps: ProvisioningDeps, customerId: string, folder: string): Promise<void> {
  const file = join('work', `Pulumi.${tenantNames(customerId).stack}.yaml`);
  await mkdir(join(folder, 'work'), { mode: 0o700 });
  await copyFile(join(stackFolder(deps, customerId), file), join(folder, file)).catch(() => undefined);
}

async function previewRequest(deps: ProvisioningDeps, question: StackQuestion, folder: string): Promise<EngineRequest> {
  const { customerId, operation } = question;
  const stack = await findStack(deps.database, customerId);
  const exists = operation !== 'create' && stack !== undefined && !isGone(stack.status);
  if (exists) await borrowSettings(deps, customerId, folder);
  const spec = await readReplayedSpec(deps, question);
  return {
    operation: OPERATIONS[operation].engine === 'up' ? 'preview' : 'previewDestroy',
    ...{ tenant: spec, spec },
    settings: targetSettings(deps),
    ...ownOf(deps, spec),
    // A stack that does not exist yet is previewed in a backend of its own, which is thrown away.
    backendUrl: exists ? deps.pulumi.backendUrl : pathToFileURL(join(folder, 'backend')).href,
    ...{ folder, exists, kept: exists, runId: 'preview', recover: false, breakLock: false },
  };
}

/** Longer than any preview takes. */
const LEFT_AFTER_MS = 60 * 60_000;

/** Deletes the leftovers of killed previews, among them the provider's settings with their credentials. */
async function clearPreviews(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const left = join(folder, name);
    const begun = await stat(left).catch(() => undefined);
    if (begun && Date.now() - begun.mtimeMs > LEFT_AFTER_MS) await rm(left, { recursive: true, force: true });
  }
}

/** A private folder for one preview. */
async function makeFolder({ home }: ProvisioningDeps, customerId: string): Promise<string> {
  const previews = join(home, 'previews');
  await mkdir(previews, { recursive: true, mode: 0o700 });
  await clearPreviews(previews);
  return mkdtemp(join(previews, `${tenantNames(customerId).stack}-`));
}

/** What the operation of a replay would change, as the engine itself computes it. Changes nothing and leaves nothing behind. */
export async function previewStack(deps: ProvisioningDeps, question: StackQuestion): Promise<StackChanges> {
  const folder = await makeFolder(deps, question.customerId);
  try {
    const request = await previewRequest(deps, question, folder);
    const runner = await StackRunner.start(deps);
    const { changes, lines } = await supervise({ runner, request, onProgress: () => undefined });
    return { changes, lines };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
