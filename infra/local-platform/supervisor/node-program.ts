import type { Env } from '../../settings.ts';
import { programFile } from '../../program-file.ts';
import { startChild } from '../../processes/child.ts';
import { waitUntil } from '../wait-until.ts';
import type { Launch } from './part.ts';

const READY_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 2_000;

export interface NodeProgram {
  readonly name: string;
  /** Relative to the project's root. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Env;
  readonly logFile: string;
  /** Called repeatedly until it says that the program in this process is ready. */
  readonly isReady: (pid: number) => Promise<boolean>;
}

const projectFile = (path: string): string => programFile(`../../../${path}`, import.meta.url);

/** Ready when the URL answers with that status, or with any status when none is given. */
export const answers =
  (url: string, status?: number): NodeProgram['isReady'] =>
  async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'manual' });
    await response.body?.cancel();
    return status === undefined || response.status === status;
  };

/** Starts one of our programs under the Node that runs this. */
export const launchNode =
  ({ name, script, args = [], env, logFile, isReady }: NodeProgram): Launch =>
  async (onSpawn) => {
    const command = { command: process.execPath, args: [projectFile(script), ...args] };
    const child = await startChild({ ...command, env, logFile, onSpawn, cwd: projectFile('') });
    try {
      await waitUntil(() => isReady(child.pid), { what: name, of: child, timeoutMs: READY_WITHIN_MS, everyMs: 50 });
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
