import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findStackBackend, recordStackBackend } from '../../infra/db/repositories/stack-backend.ts';
import { DamagedFileError, readJson, writeJson } from '../../infra/files.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import { backendFolder } from '../../infra/tenant-stacks/engine/paths.ts';
import type { ProvisioningDeps } from './deps.ts';

interface IdentityFile {
  readonly identity: string;
}

const identityFile = (folder: string): string => join(folder, 'tenure-backend.json');

/** The address of a backend, without its credentials. It identifies a backend that is not a folder. */
export function addressOf(backendUrl: string): string {
  const { protocol, host, pathname } = new URL(backendUrl);
  return `${protocol}//${host}${pathname}`;
}

/** The name that the backend was given; undefined when it has none. */
export async function readIdentity(backendUrl: string): Promise<string | undefined> {
  const folder = backendFolder(backendUrl);
  if (folder === undefined) return addressOf(backendUrl);
  const file = await readJson<IdentityFile>(identityFile(folder)).catch((error: unknown) => {
    if (error instanceof DamagedFileError) return undefined;
    throw error;
  });
  return file?.identity;
}

/** @returns what was written; a backend that has a mark keeps it. */
async function markBackend(backendUrl: string): Promise<string> {
  const known = await readIdentity(backendUrl);
  const folder = backendFolder(backendUrl);
  if (known !== undefined || folder === undefined) return known ?? addressOf(backendUrl);
  const identity = randomUUID();
  await mkdir(folder, { recursive: true });
  await writeJson(identityFile(folder), { identity } satisfies IdentityFile);
  return identity;
}

/**
 * Refuses a backend other than the one that holds our stacks: every stack would be missing there. The first backend is
 * marked, and recorded in Postgres.
 * @throws StackFailure `WrongBackend`
 */
export async function requireOwnBackend({
  database,
  pulumi: { backendUrl },
}: Pick<ProvisioningDeps, 'database' | 'pulumi'>): Promise<void> {
  const recorded =
    (await findStackBackend(database)) ?? (await recordStackBackend(database, () => markBackend(backendUrl)));
  if ((await readIdentity(backendUrl)) !== recorded) throw new StackFailure('WrongBackend');
}
