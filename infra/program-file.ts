import { getCompileCacheDir } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENDING = extname(import.meta.url);

/**
 * Where a module of ours lies that is run by its path, not imported. `path` names the source, beside the file of `base`
 * (`import.meta.url`): in the package it is JavaScript, because Node strips no types below `node_modules`.
 */
export const programFile = (path: string, base: string): string =>
  fileURLToPath(new URL(path.replace(/[.]ts$/, ENDING), base));

/** What a person types to run Tenure on this machine: in a clone, or where the package is installed. */
export const HOW_TO_START = ENDING === '.ts' ? 'npm start' : 'npx tenure start';

/**
 * A variable that spares a program compiling again what this process has compiled: it starts in half the time. A process
 * that keeps nothing hands on `otherwise`, or no variable at all.
 */
export function compileCache(otherwise?: string): { readonly NODE_COMPILE_CACHE?: string } {
  const ofVersion = getCompileCacheDir();
  // Node names a folder for its version below the one it was given.
  const folder = ofVersion === undefined ? otherwise : dirname(ofVersion);
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
