import { flushCompileCache } from 'node:module';
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { endSession, readRequest, say } from './engine/lifeline.ts';
import { operate } from './engine/operate.ts';

/** One stack operation, in a process (and session) of its own: see activities/provisioning/runner.ts. */
const stop = new AbortController();

const [root = ''] = process.argv.slice(2);
const command = PulumiCommand.get({ root });
// It is awaited with the order; until then its failure is not unhandled.
command.catch(() => undefined);
// Kept now: this process rarely gets to an orderly end.
flushCompileCache();
const request = await readRequest(() => {
  stop.abort();
});
let said = Promise.resolve();
await operate({
  ...{ request, command, signal: stop.signal },
  say: (message) => {
    said = say(message);
  },
});
// Messages are handed over in their order: after the last one, all of them are.
await said;
await endSession();
