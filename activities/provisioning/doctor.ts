import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../../infra/config.ts';
import type { Database } from '../../infra/db/database.ts';
import { findStackBackend } from '../../infra/db/repositories/stack-backend.ts';
import { ask, type Answer } from '../../infra/doctor/answer.ts';
import type { BackendFacts } from '../../infra/doctor/stacks.ts';
import { findEngine } from '../../infra/local-platform/engines/find.ts';
import { backendFolder } from '../../infra/tenant-stacks/engine/paths.ts';
import { readIdentity } from './backend-identity.ts';

const WITHIN_MS = 12_000;
const BARRED: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS']);

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The folder, or the one that it is to be made in, can be read and written. */
async function requireFolder(folder: string): Promise<void> {
  try {
    await access(folder, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (!isMissing(error) || dirname(folder) === folder) throw error;
    await requireFolder(dirname(folder));
  }
}

/** Pulumi itself opens the backend, with the same that it has in the worker: its address and nothing else. */
async function requireAnswer(backendUrl: string): Promise<void> {
  const pulumi = await findEngine('pulumi', { ways: [], out: { write: () => undefined } });
  const home = await mkdtemp(join(tmpdir(), 'tenure-doctor-'));
  const env = {
    PATH: [dirname(pulumi), '/usr/bin', '/bin'].join(delimiter),
    ...{ PULUMI_HOME: home, PULUMI_BACKEND_URL: backendUrl, PULUMI_SKIP_UPDATE_CHECK: '1' },
  };
  try {
    await promisify(execFile)(pulumi, ['whoami', '--non-interactive'], { env, timeout: WITHIN_MS });
  } catch (cause) {
    // What Pulumi says may quote the address with its password.
    throw Object.assign(new Error('Pulumi cannot open it.'), { code: 'Pulumi cannot open it', cause });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const refusalOf = (error: unknown): string | undefined =>
  BARRED.has((error as NodeJS.ErrnoException).code) ? 'cannot be read and written by this user' : undefined;

/** Asks where the states of the stacks are, and where they should be. Never rejects. */
export async function readBackendFacts(
  database: Database,
  { backendUrl }: Pick<Config['pulumi'], 'backendUrl'>,
): Promise<Answer<BackendFacts>> {
  const recorded = await ask(
    () => findStackBackend(database),
    () => undefined,
  );
  return ask(async () => {
    const folder = backendFolder(backendUrl);
    await (folder === undefined ? requireAnswer(backendUrl) : requireFolder(folder));
    return { recorded, identity: await readIdentity(backendUrl) };
  }, refusalOf);
}
