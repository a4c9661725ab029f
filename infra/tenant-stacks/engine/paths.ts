import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of a file backend; undefined for any other backend. */
export const backendFolder = (backendUrl: string): string | undefined =>
  backendUrl.startsWith('file:') ? fileURLToPath(backendUrl) : undefined;

/** The folder of plugins that belongs to this run alone. */
export const pluginsOf = (folder: string, runId: string): string => join(stackPaths(folder).plugins, runId);

/** Where the files of one stack's operations are. */
export const stackPaths = (folder: string) => ({
  work: join(folder, 'work'),
  /** Our provider with its settings, which hold credentials: a folder for each run, only there while it runs. */
  plugins: join(folder, 'plugins'),
  /** The engine's own files. */
  home: join(folder, 'pulumi-home'),
  exports: join(folder, 'exports'),
  log: join(folder, 'stack.log'),
});
