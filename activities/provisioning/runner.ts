import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { compileCache, programFile } from '../../infra/program-file.ts';
import { StackFailure } from '../../infra/tenant-stacks/errors.ts';
import {
  STOP,
  type Changes,
  type EngineMessage,
  type EngineRequest,
} from '../../infra/tenant-stacks/engine/protocol.ts';
import type { TenantOutputs } from '../../infra/tenant-stacks/spec.ts';
import { identify, type ProcessIdentity } from '../../infra/processes/identity.ts';
import { killRemains, killSession } from '../../infra/processes/session.ts';
import type { ProvisioningDeps } from './deps.ts';

const entry = programFile('../../infra/tenant-stacks/run.ts', import.meta.url);
/** Pulumi gets this long to finish its current step and release the lock, before it is killed. */
const GRACE_MS = 4_000;

export interface EngineResult {
  readonly changes: Changes;
  readonly lines: readonly string[];
  readonly outputs?: TenantOutputs | undefined;
}

type RunnerDeps = Pick<ProvisioningDeps, 'pulumi' | 'home' | 'landingZones'>;
type Progress = Extract<EngineMessage, { kind: 'progress' }>;

/**
 * One child process for one stack operation, a session of its own. It waits for its request, obeys a stop, and ends
 * when this process dies.
 */
export class StackRunner {
  /** Names this run among all of its stack. */
  readonly id = randomUUID();
  readonly #child: ChildProcess;
  readonly #identity: ProcessIdentity;

  private constructor(child: ChildProcess, identity: ProcessIdentity) {
    this.#child = child;
    this.#identity = identity;
  }

  get pid(): number {
    return this.#identity.pid;
  }

  /**
   * The passphrase is in its environment, as Pulumi wants it there, and so are AWS credentials, as Pulumi's provider for
   * AWS does; all else comes with the order.
   */
  static async start({ pulumi, home, landingZones }: RunnerDeps): Promise<StackRunner> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, pulumi.root], {
      detached: true,
      // A channel of length-prefixed frames, so that no character in a value can end one.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      env: {
        ...landingZones?.credentials,
        PULUMI_CONFIG_PASSPHRASE: pulumi.passphrase,
        ...compileCache(join(home, 'cache', 'node')),
      },
    });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    // Signups must not wait for stacks that are being built: engine and provider inherit this priority.
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
    // A runner that ended early is noticed by its exit, not by a failed send.
    child.on('error', () => undefined);
    return new StackRunner(child, (await identify(pid)) ?? { pid, startTime: 'gone' });
  }

  /**
   * Sends the request and waits for the end. @throws StackFailure of the operation; `ProvisioningInterrupted` when the
   * process ended without a word.
   */
  async run(request: EngineRequest, onProgress: (progress: Progress) => void): Promise<EngineResult> {
    const { promise, resolve, reject } = Promise.withResolvers<EngineResult>();
    const ended = (): void => {
      reject(new StackFailure('ProvisioningInterrupted'));
    };
    this.#child.on('message', (said) => {
      const message = said as EngineMessage;
      if (message.kind === 'progress') onProgress(message);
      else if (message.kind === 'done') resolve(message);
      else reject(new StackFailure(message.type, message.text));
    });
    this.#child.once('disconnect', ended);
    if (this.#child.connected) this.#tell(request);
    else ended();
    return promise;
  }

  #tell(message: EngineRequest | typeof STOP): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Asks it to stop, then ends it and everything it started. */
  async stop(): Promise<void> {
    this.#tell(STOP);
    await Promise.race([once(this.#child, 'exit'), delay(GRACE_MS, undefined, { ref: false })]);
    await this.kill();
  }

  /** Ends it and everything it started, at once; resolves when it is gone. */
  async kill(): Promise<void> {
    const gone = this.#child.exitCode !== null || this.#child.signalCode !== null;
    const exited = gone ? Promise.resolve() : once(this.#child, 'exit');
    // Once it is gone, its pid may belong to another process.
    await (gone ? killRemains(this.#identity) : killSession(this.pid));
    if (!gone) this.#child.kill('SIGKILL');
    await exited;
  }
}
