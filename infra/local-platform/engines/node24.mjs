import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Plain JavaScript on Node built-ins: it runs under whatever Node is there, before packages are.

const NODE_NEEDED = 24;
const windows = process.platform === 'win32';
const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const program = join('node_modules', name, 'bin', windows ? 'node.exe' : 'node');

/** Looked for as Node looks for packages: where Tenure is one itself, its own may lie beside it. */
function packaged(folder) {
  const path = join(folder, program);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : packaged(parent);
}

export const isNode24 = Number.parseInt(process.versions.node, 10) >= NODE_NEEDED;

/** Node 24 comes as a package on the usual platforms, so that nobody has to install it. */
export function node24() {
  const path = packaged(dirname(fileURLToPath(import.meta.url)));
  if (path) return path;
  if (isNode24) return process.execPath;
  throw new Error(
    `Tenure needs Node ${NODE_NEEDED} or newer, but this is ${process.version}; npm has no Node ${NODE_NEEDED} package ` +
      `for ${process.platform} on ${process.arch}. Install Node ${NODE_NEEDED} from https://nodejs.org and run this again.`,
  );
}
