import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DamagedFileError } from '../../files.ts';
import { programFile } from '../../program-file.ts';

const MAIN = programFile('main.ts', import.meta.url);

/**
 * Checks SQLite files before the programs that use them start: a damaged one would end its program at every restart. It
 * runs in a process of its own, because a large file takes seconds. A file that does not exist yet is not damaged.
 * @throws DamagedFileError for the first that is damaged or was emptied
 */
export async function requireWholeDatabases(files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const args = ['--disable-warning=ExperimentalWarning', MAIN, ...files];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  const [damaged] = JSON.parse(stdout) as string[];
  if (damaged !== undefined) throw new DamagedFileError(damaged);
}
