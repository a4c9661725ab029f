import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DamagedFileError } from '../../files.ts';
import { programFile } from '../../program-file.ts';

const MAIN = programFile('main.ts', import.meta.url);

/**
 * Looks at SQLite files before their owners do, who would end over one and be started again without end. In a process of
 * its own: a large file takes seconds. A file that is not there yet is none of them.
 * @throws DamagedFileError for the first that is damaged or was emptied.
 */
export async function requireWholeDatabases(files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const args = ['--disable-warning=ExperimentalWarning', MAIN, ...files];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
  const [damaged] = JSON.parse(stdout) as string[];
  if (damaged !== undefined) throw new DamagedFileError(damaged);
}
