// Makes `dist`, which `npm pack` packs: JavaScript, because Node strips no types below node_modules.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node24 } from '../local-platform/engines/node24.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript-native/package.json')), 'bin', 'tsc');

const SOURCES = ['workflows', 'activities', 'workers', 'api', 'infra', 'products'];
/** What only a clone needs. */
const OF_A_CLONE = /[.]d[.]mts$|[/\\](?:prepare|build)[.]mjs$|[.]md$/;
const isPacked = (path) => !(path.endsWith('.ts') || OF_A_CLONE.test(path));

rmSync(dist, { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.surface.json'])
  execFileSync(node24(), [tsc, '--project', project], { cwd: root, stdio: 'inherit' });
for (const folder of SOURCES) cpSync(join(root, folder), join(dist, folder), { recursive: true, filter: isPacked });
