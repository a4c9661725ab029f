import { fileURLToPath } from 'node:url';
import type { Env } from '../../settings.ts';
import { startChild } from '../child.ts';
import { waitUntil } from '../wait-until.ts';
import type { Launch } from './part.ts';

const READY_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 2_000;

export interface NodeProgram {
  readonly name: string;
  /** From the project's root. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Env;
  readonly logFile: string;
  /** Ready when this URL answers with this status; with none, any answer will do. Without a URL, once started. */
  readonly answers?: { readonly url: string; readonly status?: number };
}

export const projectFile = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

async function answered({ url, status }: NonNullable<NodeProgram['answers']>): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'manual' });
  await response.body?.cancel();
  return status === undefined || response.status === status;
}

/** How to start a program of ours under this very Node. */
export const launchNode =
  ({ name, script, args = [], env, logFile, answers }: NodeProgram): Launch =>
  async (onSpawn) => {
    const command = { command: process.execPath, args: [projectFile(script), ...args] };
    const child = await startChild({ ...command, env, logFile, onSpawn, cwd: projectFile('') });
    try {
      if (answers) await waitUntil(() => answered(answers), { what: name, of: child, timeoutMs: READY_WITHIN_MS });
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
