import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModuleMocker } from 'jest-mock';
import { readServer } from '../test-run.ts';
import { RUN_FOLDER } from './settings.ts';

/** What is closed takes a moment to be gone. */
const GRACE_MS = 10_000;

/** Of this process, those included that native code started, such as a Temporal server; where there is no /proc, none. */
function children() {
  try {
    const tasks = readdirSync('/proc/self/task');
    const pids = tasks.map((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8'));
    return pids.join(' ').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const countServers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;

/**
 * The process itself, for test/support/jest/native-runtime.js. A test file that leaves a process or a server running
 * fails: it would be a burden on those that follow.
 */
export default class ProcessEnvironment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  #children = new Set(children());
  #servers = countServers();

  async setup() {}

  async #left() {
    // All test files share this one, which jest's global teardown ends.
    const postgres = (await readServer(RUN_FOLDER))?.pid;
    const left = children().filter((pid) => !this.#children.has(pid) && pid !== postgres);
    const servers = countServers() - this.#servers;
    return [...left.map((pid) => `the process ${pid}`), ...(servers > 0 ? [`${servers} servers`] : [])];
  }

  async teardown() {
    const deadline = Date.now() + GRACE_MS;
    while ((await this.#left()).length > 0 && Date.now() < deadline) await sleep(20);
    const left = await this.#left();
    if (left.length > 0) throw new Error(`This file leaves running: ${left.join(', ')}. End it in afterAll.`);
  }

  getVmContext() {
    return null;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }
}
