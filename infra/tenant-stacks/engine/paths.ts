import { join } from 'node:path';

/** Where everything of one stack's operations lies. */
export const stackPaths = (folder: string) => ({
  work: join(folder, 'work'),
  /** Our provider with its settings, which hold credentials: only there while an operation runs. */
  plugins: join(folder, 'plugins'),
  /** The engine's own files. */
  home: join(folder, 'pulumi-home'),
  exports: join(folder, 'exports'),
  log: join(folder, 'stack.log'),
});
