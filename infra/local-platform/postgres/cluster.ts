import { execFile } from 'node:child_process';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makePrivateFolder, type User } from './user.ts';

const run = promisify(execFile);

const MAJOR = '18';

/** A tenant's role, and the role that maintains its data, may reach the database of the tenant's name and no other. */
const TENANTS_APART = `host samerole /^tenant_ all scram-sha-256
host all /^tenant_ all reject
`;

/** Goes before the other lines: the first line that matches counts. */
async function keepTenantsApart(cluster: string): Promise<void> {
  const file = join(cluster, 'pg_hba.conf');
  const lines = await readFile(file, 'utf8');
  if (lines.startsWith(TENANTS_APART)) return;
  await writeFile(file, TENANTS_APART + lines, { flush: true });
}

/** initdb reports at length what it does; the reason is in its last line. */
function whyNot(cause: unknown): Error {
  const { stderr = '' } = cause as { readonly stderr?: string };
  if (/No space left on device/.test(stderr)) return Object.assign(new Error('The disk is full.'), { code: 'ENOSPC' });
  const reason =
    stderr
      .trim()
      .split('\n')
      .findLast((line) => line.startsWith('initdb: error')) ?? String(cause);
  return new Error(`Postgres could not be set up: ${reason}`, { cause });
}

async function initialise(cluster: string, options: ClusterOptions): Promise<void> {
  const { user, password, binaries } = options;
  const draft = `${cluster}.new`;
  const passwordFile = `${cluster}.password`;
  await rm(draft, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (user) await chown(passwordFile, user.uid, user.gid);
    const args = ['-D', draft, '-U', 'postgres', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'];
    const identity = user ? { uid: user.uid, gid: user.gid } : {};
    await run(join(binaries, 'initdb'), [...args, `--pwfile=${passwordFile}`, '--no-instructions'], {
      ...identity,
      cwd: options.folder,
      env: { LC_ALL: 'C' },
    });
  } catch (error) {
    throw whyNot(error);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await keepTenantsApart(draft);
  // Only a complete cluster gets the name under which it is looked for.
  await rename(draft, cluster);
}

export interface ClusterOptions {
  readonly folder: string;
  readonly binaries: string;
  readonly password: string;
  readonly user: User | undefined;
}

/** The data folder inside `folder`, created when missing. @throws Error when another version of Postgres created it */
export async function ensureCluster(options: ClusterOptions): Promise<string> {
  await makePrivateFolder(options.folder, options.user);
  const cluster = join(options.folder, 'data');
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) await initialise(cluster, options);
  else if (version.trim() !== MAJOR)
    throw new Error(
      `${cluster} was made by Postgres ${version.trim()}, but this is ${MAJOR}: move it away to start empty.`,
    );
  await keepTenantsApart(cluster);
  return cluster;
}
