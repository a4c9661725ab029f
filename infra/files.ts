import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keptFile } from './kept-files.ts';

/** The last one: it belongs to different data than the files beside it. */
type Damage = 'empty or damaged' | 'missing' | 'incomplete' | 'of another state folder';

/** A file that is not usable, for example after a power cut. The message names it and what to do. */
export class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';

  constructor(path: string, what: Damage = 'empty or damaged') {
    super(`${path} is ${what}: ${keptFile(path).remedy}.`);
  }
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // What the parser quotes of the text may be a secret.
    return undefined;
  }
}

/**
 * Reads a JSON object.
 * @returns undefined when there is no such file, or a damaged one that is made anew by itself (kept-files.ts).
 * @throws DamagedFileError for any other file that is empty or damaged.
 */
export async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const value = parseObject(text);
  if (value === undefined && !keptFile(path).anew) throw new DamagedFileError(path);
  return value as T | undefined;
}

/** Windows syncs no folders: its file system keeps names by itself. */
const SYNCS_FOLDERS = process.platform !== 'win32';

/** Makes the names in a folder survive a power cut, as they are now. */
export async function syncFolder(path: string): Promise<void> {
  if (!SYNCS_FOLDERS) return;
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

/**
 * Replaces the file at `path` with `text`: readers see the old file or the new one, never half of it, and when this
 * returns the new one survives a power cut. Parallel writers are fine: the last one wins.
 */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

const DRAFT = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Removes what {@link replaceFile} left in a folder when its process ended in the middle. Nobody may be writing there. */
export async function removeDrafts(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const drafts = entries.filter((entry) => entry.isFile() && DRAFT.test(entry.name));
  await Promise.all(drafts.map(({ name }) => rm(join(folder, name), { force: true })));
}

/** {@link replaceFile} with a value as JSON. */
export const writeJson = (path: string, value: unknown, mode = 0o644): Promise<void> =>
  replaceFile(path, JSON.stringify(value), mode);

/** {@link replaceFile} for those who cannot wait. Only its owner can read the file. One writer at a time. */
export function replaceFileSync(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  if (!SYNCS_FOLDERS) return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
