import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Plain JavaScript on Node built-ins: it runs under any Node, before packages are installed.

const NODE_NEEDED = 24;
const windows = process.platform === 'win32';
const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const program = join('node_modules', name, 'bin', windows ? 'node.exe' : 'node');

/** Looks where Node looks for packages: where Tenure itself is a package, its dependencies may be beside it. */
function packaged(folder) {
  const path = join(folder, program);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : packaged(parent);
}

export const isNode24 = Number.parseInt(process.versions.node, 10) >= NODE_NEEDED;

/** On the usual platforms Node 24 comes as a package, so that it need not be installed. */
export function node24() {
  const path = packaged(dirname(fileURLToPath(import.meta.url)));
  if (path) return path;
  if (isNode24) return process.execPath;
  throw new Error(
    `Tenure needs Node ${NODE_NEEDED} or newer, but this is ${process.version}; npm has no Node ${NODE_NEEDED} package ` +
      `for ${process.platform} on ${process.arch}. Install Node ${NODE_NEEDED} from https://nodejs.org and run this again.`,
  );
}
