import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, lchown, mkdir, readFile, readdir, readlink, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * The user that Postgres runs as. Undefined means ours; under root it is another one, because Postgres refuses root.
 * @throws Error when we are root and there is no such user
 */
export async function postgresUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const entries = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const entry = entries.find(([candidate]) => candidate === name);
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    `Postgres cannot run as root, and this system has no user ${CANDIDATES.join(' or ')}: add one, or start as a plain user.`,
  );
}

const EXECUTE = { owner: 0o100, group: 0o010, others: 0o001 } as const;

/** Whether `user` may pass through every folder down to `path`, as far as they exist. */
export async function canReach(path: string, user: User): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) {
    const others = info.gid === user.gid ? EXECUTE.group : EXECUTE.others;
    if ((info.mode & (info.uid === user.uid ? EXECUTE.owner : others)) === 0) return false;
  }
  const parent = dirname(path);
  return parent === path || (await canReach(parent, user));
}

/** Creates a private folder that belongs to that user, or to us when there is none. */
export async function makePrivateFolder(path: string, user: User | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (user) await chown(path, user.uid, user.gid);
}

/**
 * Gives a folder and everything in it back to that user: a copy may have lost the owner.
 * @throws Error when the user cannot get to it
 */
async function giveBack(folder: string, { name, uid, gid }: User): Promise<string> {
  if (!(await canReach(dirname(folder), { name, uid, gid })))
    throw new Error(
      `Postgres runs as the user ${name}, who has no access to ${folder}: give others access to the folders above it (chmod o+x), or move the state folder.`,
    );
  for (const entry of await readdir(folder, { recursive: true })) await lchown(join(folder, entry), uid, gid);
  await chown(folder, uid, gid);
  return folder;
}

/** Root's state is often where no other user can pass, such as a home folder. Here other users can. */
export const SYSTEM_FOLDER = '/var/lib/tenure';

/**
 * `wanted` if that user can reach it; otherwise a folder below {@link SYSTEM_FOLDER}, with a link to it at `wanted`, so
 * that the next start finds the same data.
 */
export async function reachableFolder(wanted: string, user: User | undefined): Promise<string> {
  const linked = await readlink(wanted).catch(() => undefined);
  if (linked !== undefined) return linked;
  if (!user || (await canReach(wanted, user))) return wanted;
  if (existsSync(wanted)) return giveBack(wanted, user);
  await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o755 });
  const elsewhere = join(SYSTEM_FOLDER, randomUUID());
  await makePrivateFolder(elsewhere, user);
  await mkdir(dirname(wanted), { recursive: true });
  await symlink(elsewhere, wanted);
  return elsewhere;
}
