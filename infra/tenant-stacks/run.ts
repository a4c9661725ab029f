import { endSession, readOrder } from './engine/lifeline.ts';
import { operate } from './engine/operate.ts';
import type { EngineMessage } from './engine/protocol.ts';

/** One stack operation, in a process (and session) of its own: see activities/provisioning/runner.ts. */
const stop = new AbortController();
const say = (message: EngineMessage): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const order = await readOrder(() => {
  stop.abort();
});
await operate(order, stop.signal, say);
process.stdout.end(() => void endSession());
