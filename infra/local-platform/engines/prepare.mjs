#!/usr/bin/env node
// Runs before `npm start` and `npm test`: installs packages, then engines. It uses only Node built-ins, because it runs
// on a clone with nothing installed, under any Node from 20.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { node24 } from './node24.mjs';
import { startProgress } from './progress.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.tenure-lock-hash');
const hash = (data) => createHash('sha256').update(data).digest('hex');
const lockFile = readFileSync(join(root, 'package-lock.json'));

function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code, signal) => resolve({ code: signal ? 1 : code, output }));
  });
}

/** npm writes its record of the installed packages last: if that matches the lock file, the install is complete. */
function installedByHand() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const { '': own, ...wanted } = JSON.parse(lockFile.toString()).packages;
  const needed = Object.keys({ ...own.dependencies, ...own.devDependencies });
  return (
    needed.every((name) => `node_modules/${name}` in installed) &&
    Object.entries(installed).every(([path, { version }]) => wanted[path]?.version === version)
  );
}

function remember() {
  try {
    writeFileSync(stamp, hash(lockFile));
  } catch {
    // The packages belong to another user. The next run compares them again, which takes a moment longer.
  }
}

function packagesAreFresh() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash(lockFile)) return true;
  if (!installedByHand()) return false;
  remember();
  return true;
}

async function installPackages() {
  if (packagesAreFresh()) return;
  const done = startProgress(existsSync(modules) ? 'Packages changed: npm ci' : 'Installing packages: npm ci');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { code, output } = await (npm
    ? run(process.execPath, [npm, ...args])
    : run('npm', args, { shell: process.platform === 'win32' }));
  done(code === 0 ? 'done' : 'failed');
  if (code !== 0) throw new Error(`npm ci ended with code ${code}. What it said:\n${output.trim()}`);
  remember();
}

async function prepareEngines() {
  const { code } = await run(node24(), [fileURLToPath(new URL('prepare.ts', import.meta.url))], { stdio: 'inherit' });
  return code;
}

try {
  const cache = process.env.TENURE_CACHE || join(homedir(), '.cache', 'tenure');
  const lock = join(cache, 'locks', `${hash(root).slice(0, 16)}.lock`);
  await withLock(lock, installPackages, (pid) =>
    console.log(`Another run (process ${pid}) is installing the packages: waiting for it.`),
  );
  process.exitCode = await prepareEngines();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
