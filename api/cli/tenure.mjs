#!/usr/bin/env node
// The package's command, on Node built-ins: it is started by whatever Node is there, and the rest needs Node 24.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isNode24, node24 } from '../../infra/local-platform/engines/node24.mjs';

const PARENT_LOOK_MS = 250;
const main = new URL('main.js', import.meta.url);

/** Stands between npm and Tenure, so it hands on what either tells the other. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const parent = process.ppid;
  const look = () => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  };
  // npm's SIGTERM reaches the shell between it and us, which does not pass it on.
  if (process.env.npm_lifecycle_event) setInterval(look, PARENT_LOOK_MS).unref();
  child.once('exit', (code) => process.exit(code ?? 1));
}

if (isNode24) await import(main);
else {
  try {
    runUnder(node24());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
