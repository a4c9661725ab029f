import { flushCompileCache } from 'node:module';
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { endSession, readRequest, say } from './engine/lifeline.ts';
import { operate } from './engine/operate.ts';

/** One stack operation, in a process (and session) of its own: see activities/provisioning/runner.ts. */
const stop = new AbortController();

const [root = ''] = process.argv.slice(2);
const command = PulumiCommand.get({ root });
// Awaited together with the request: until then its failure must not count as unhandled.
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
// Messages are sent in order: once the last one is out, all of them are.
await said;
await endSession();
