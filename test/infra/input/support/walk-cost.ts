import { parentPort } from 'node:worker_threads';
import { looksLikeCardNumber } from '../../../../infra/input/card-number.ts';
import { isStorable } from '../../../../infra/input/storable.ts';
import { TooDeepError, eachText } from '../../../../infra/input/walk.ts';

/** Processor time is told in steps of some milliseconds: only many rounds tell what one costs. */
const ROUNDS = 10;

/** All that the API does with every body before it knows what the body is about. */
function walk(body: unknown): void {
  try {
    eachText(body, (text) => isStorable(text) && looksLikeCardNumber(text));
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
  }
}

/** A thread as the API's is: not the sandbox that tests run in. Answers each body with its cost in milliseconds. */
parentPort?.on('message', (body: string) => {
  const parsed: unknown = JSON.parse(body);
  const before = process.threadCpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) walk(parsed);
  const { user, system } = process.threadCpuUsage(before);
  parentPort?.postMessage((user + system) / 1_000 / ROUNDS);
});
