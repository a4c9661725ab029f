import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programFile } from '../../infra/program-file.ts';
import type { RunInfo } from '../../infra/local-platform/supervisor/state-folder.ts';

const START = programFile('../../infra/local-platform/start.ts', import.meta.url);
const PATIENCE_MS = 60_000;

export interface Running {
  readonly run: RunInfo;
  /** Ends what this demo started; leaves alone what ran before. */
  readonly stop: () => Promise<void>;
}

/** Uses what `npm start` runs, or starts it for the length of the demo. */
export async function running(home: string, product: string, print: (text: string) => void): Promise<Running> {
  const file = join(home, 'run.json');
  if (await answers(file)) return { run: read(file), stop: () => Promise.resolve() };
  print('Starting Tenure, which "npm start" does too …');
  const child = spawn(process.execPath, [START, '--product', product], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await answers(file))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error('Tenure did not start. "npm start" says why.');
    }
    await sleep(200);
  }
  return { run: read(file), stop };
}

const read = (file: string): RunInfo => JSON.parse(readFileSync(file, 'utf8')) as RunInfo;

async function answers(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  const reply = await fetch(`${read(file).api}/readyz`).catch(() => undefined);
  return reply?.ok === true;
}
