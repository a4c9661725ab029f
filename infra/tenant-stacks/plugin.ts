import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

interface Plugin {
  /** The package of Pulumi that it serves. */
  readonly name: string;
  /** File of the program. */
  readonly entry: string;
  /** May hold credentials: they are kept in a file of their own, not in an argument or the environment. */
  readonly settings: unknown;
}

/** Writes the executable by which Pulumi finds a plugin of ours to `folder`, which must be on the engine's PATH. */
export async function installPlugin(folder: string, { name, entry, settings }: Plugin): Promise<void> {
  const settingsPath = join(folder, `${name}.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(settingsPath, JSON.stringify(settings), { mode: 0o600 });
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', entry, settingsPath].map(quote).join(' ');
  await writeFile(join(folder, `pulumi-resource-${name}`), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o700 });
}

const PARENT_CHECK_MS = 200;

/** The engine cannot end us when it is killed itself, and a provider that goes on alone would be a second writer. */
export function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK_MS).unref();
}
