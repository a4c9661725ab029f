import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from './engines.ts';

const run = promisify(execFile);

export const executableName = (engine: Engine): string =>
  process.platform === 'win32' ? `${engine.name}.exe` : engine.name;

/** What the binary reports as its version; undefined when it cannot be run. */
export async function versionOf(engine: Engine, path: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, [...engine.versionArgs], { timeout: 10_000, killSignal: 'SIGKILL' });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first binary of the engine's name on the search path. */
export async function onPath(engine: Engine, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const path = join(folder, executableName(engine));
    if (await isExecutable(path)) return path;
  }
  return undefined;
}
