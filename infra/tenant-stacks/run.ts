import { flushCompileCache } from 'node:module';
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { endSession, readOrder } from './engine/lifeline.ts';
import { operate } from './engine/operate.ts';
import type { EngineMessage } from './engine/protocol.ts';

/** One stack operation, in a process (and session) of its own: see activities/provisioning/runner.ts. */
const stop = new AbortController();
const say = (message: EngineMessage): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const [root = ''] = process.argv.slice(2);
const command = PulumiCommand.get({ root });
// It is awaited with the order; until then its failure is not unhandled.
command.catch(() => undefined);
// Kept now: this process rarely gets to an orderly end.
flushCompileCache();
const order = await readOrder(() => {
  stop.abort();
});
await operate({ order, command, signal: stop.signal, say });
process.stdout.end(() => void endSession());
