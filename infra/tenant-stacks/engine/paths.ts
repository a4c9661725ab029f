import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of a backend of files; undefined for any other. */
export const backendFolder = (backendUrl: string): string | undefined =>
  backendUrl.startsWith('file:') ? fileURLToPath(backendUrl) : undefined;

/** What is that run's own. */
export const pluginsOf = (folder: string, runId: string): string => join(stackPaths(folder).plugins, runId);

/** Where everything of one stack's operations lies. */
export const stackPaths = (folder: string) => ({
  work: join(folder, 'work'),
  /** Our provider with its settings, which hold credentials: a folder for each run, only there while it runs. */
  plugins: join(folder, 'plugins'),
  /** The engine's own files. */
  home: join(folder, 'pulumi-home'),
  exports: join(folder, 'exports'),
  log: join(folder, 'stack.log'),
});
