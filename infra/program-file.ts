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

const IN_A_CLONE = ENDING === '.ts';

/** What a person types to run Tenure on this machine: in a clone, or where the package is installed. */
export const HOW_TO_START = IN_A_CLONE ? 'npm start' : 'npx tenure start';

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

/** What a person types for a command that is a script of a clone, too; `stripe` is a part of `tenure` there. */
export function howTo(command: 'doctor' | 'migrate' | 'stripe', options?: string): string {
  if (command === 'stripe') return `${IN_A_CLONE ? 'npm run -s tenure --' : 'npx tenure'} stripe ${options ?? ''}`;
  const before = options && IN_A_CLONE ? '-- ' : '';
  return `${IN_A_CLONE ? 'npm run' : 'npx tenure'} ${command}${options ? ` ${before}${options}` : ''}`;
}
