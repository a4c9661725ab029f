import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import { writeJson } from '../../../files.ts';
import { compileCache, programFile } from '../../../program-file.ts';
import { folderOf, LOG, PROCESS, type InstanceFile } from '../folder.ts';
import type { InstanceStatus, NotReady, Trouble } from '../gateway-client.ts';
import { CHANNEL_FD, EXIT_LICENCE_INVALID, type InstanceMessage, type InstanceRequest } from '../instance/messages.ts';
import { identify } from '../../../processes/identity.ts';
import { InstanceChannel } from './instance-channel.ts';
import { InstanceNotReadyError, InstanceRefusedError, whyEnded } from './not-ready.ts';

const entry = programFile('../instance/main.ts', import.meta.url);
/** From its turn on. */
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 1_500;
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 5_000;
/** An instance that ran this long was healthy: its next restart is prompt again. */
const HEALTHY_MS = 60_000;
/** Ends in a row of one that had been ready: a single one is nobody's news. */
const ENDS_OFTEN = 3;
/** Silent answers in a row. */
const HUNG_AFTER = 3;

/** Keeps one instance's process running: started, asked, restarted when it dies, stopped. */
export class InstanceProcess {
  readonly file: InstanceFile;
  readonly #home: string;
  readonly #inTurn: LimitFunction;
  #child: ChildProcess | undefined;
  #channel: InstanceChannel | undefined;
  #starting: Promise<number> | undefined;
  #restarting: Promise<void> | undefined;
  #port: number | undefined;
  #state: InstanceStatus['state'] = 'stopped';
  #restarts = 0;
  #notReady: NotReady | undefined;
  #ends = 0;
  #readyAt: number | undefined;
  #silences = 0;

  /** `inTurn` bounds how many of the gateway's instances start at once: all at once, none would be ready in time. */
  constructor(home: string, file: InstanceFile, inTurn: LimitFunction) {
    this.#home = home;
    this.#inTurn = inTurn;
    this.file = file;
  }

  get status(): InstanceStatus {
    const { namespace, host } = this.file;
    const pid = this.#child?.pid ?? null;
    return { namespace, host, state: this.#state, pid, port: this.#port ?? null, restarts: this.#restarts };
  }

  /** Null when it serves, or was told not to. */
  get trouble(): Trouble | null {
    if (this.#state === 'refused') return 'refused';
    if (this.#state === 'stopped') return null;
    if (this.#state === 'running') return this.#ends < ENDS_OFTEN || this.#isHealthy() ? null : 'ends';
    return this.#notReady ?? (this.#ends === 0 ? 'starting' : 'ends');
  }

  /** Resolves when the instance answers; of several callers at once, one starts it. */
  async start(): Promise<void> {
    if (this.#state === 'running') return;
    this.#starting ??= this.#begin().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  async #begin(): Promise<number> {
    this.#state = 'starting';
    try {
      return await this.#inTurn(() => {
        if (this.#isIn('stopped')) throw new InstanceNotReadyError('cut_off');
        return this.#spawn();
      });
    } catch (error) {
      if (error instanceof InstanceNotReadyError) this.#notReady = error.reason;
      // Without a process there is no exit that schedules the next try.
      if (this.#child === undefined && this.#isIn('starting')) this.#wait();
      throw error;
    }
  }

  async #spawn(): Promise<number> {
    const { namespace, memoryMb } = this.file;
    const folder = folderOf(this.#home, namespace);
    const log = openSync(join(folder, LOG), 'a', 0o600);
    this.#readyAt = undefined;
    const execArgv = ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${String(memoryMb)}`];
    // Nothing of the platform's settings reaches a tenant's process.
    const child = spawn(process.execPath, [...execArgv, entry, this.#home, namespace], {
      ...{ stdio: ['ignore', log, log, 'pipe'], env: compileCache() },
    });
    // One that the system has no room for is tried again, and ends nobody else's.
    child.on('error', () => undefined);
    const channel = new InstanceChannel(child.stdio[CHANNEL_FD] as Duplex);
    channel.once('breach', () => {
      console.error(`${namespace} sent something that is not a message: it is stopped and started again.`);
      child.kill('SIGKILL');
    });
    this.#child = child;
    this.#channel = channel;
    child.once('exit', (code) => {
      this.#onExit(child, code);
    });
    closeSync(log);
    // Listened for at once: one whose database is away has ended before its file is written.
    const ready = this.#ready(child, channel);
    ready.catch(() => undefined);
    try {
      if (child.pid !== undefined) await writeJson(join(folder, PROCESS), await identify(child.pid));
      this.#port = await ready;
    } catch (error) {
      // One that never got ready would only stand in the way; its end schedules the next try.
      child.kill('SIGKILL');
      throw error;
    }
    this.#state = 'running';
    this.#notReady = undefined;
    this.#readyAt = Date.now();
    return this.#port;
  }

  async #ready(child: ChildProcess, channel: InstanceChannel): Promise<number> {
    const signal = AbortSignal.timeout(START_TIMEOUT_MS);
    const ended = new AbortController();
    try {
      const first = await Promise.race([
        once(channel, 'message', { signal: AbortSignal.any([signal, ended.signal]) }),
        once(child, 'exit', { signal: ended.signal }),
      ]);
      const message = first[0] as InstanceMessage | number | null;
      if (typeof message === 'object' && message?.kind === 'ready') return message.port;
    } catch (error) {
      throw signal.aborted ? new InstanceNotReadyError('too_slow') : error;
    } finally {
      ended.abort();
    }
    if (child.exitCode === EXIT_LICENCE_INVALID)
      throw new InstanceRefusedError(
        'The instance refused its licence: the signature is not ours. Issue a new licence.',
      );
    throw new InstanceNotReadyError(whyEnded(child));
  }

  #onExit(child: ChildProcess, code: number | null): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#channel = undefined;
    this.#port = undefined;
    if (this.#state === 'stopped') return;
    if (this.#readyAt !== undefined) this.#ends = this.#isHealthy() ? 1 : this.#ends + 1;
    if (code === EXIT_LICENCE_INVALID) {
      this.#state = 'refused';
      return;
    }
    this.#wait();
  }

  #wait(): void {
    this.#state = 'waiting';
    this.#restarting ??= this.#restart().finally(() => (this.#restarting = undefined));
  }

  #isHealthy(): boolean {
    return this.#readyAt !== undefined && Date.now() - this.#readyAt > HEALTHY_MS;
  }

  #isIn(state: InstanceStatus['state']): boolean {
    return this.#state === state;
  }

  /** Until it runs, or somebody stops it: a start that fails at once may end before or after its process. */
  async #restart(): Promise<void> {
    while (this.#isIn('waiting')) {
      if (this.#isHealthy()) this.#restarts = 0;
      const wait = Math.min(FIRST_RESTART_MS * 2 ** this.#restarts, LAST_RESTART_MS);
      this.#restarts += 1;
      await delay(wait);
      if (this.#isIn('waiting')) await this.start().catch(() => undefined);
    }
  }

  /** @throws InstanceRefusedError with the instance's own words when it says no. */
  ask(ask: InstanceRequest['ask'], ended?: InstanceRequest['ended']): Promise<unknown> {
    const channel = this.#channel;
    if (channel === undefined || this.#state !== 'running') throw new Error('The instance is not running.');
    return channel.ask(ask, ended);
  }

  /**
   * Asks a running instance whether it is there; one that says nothing several times in a row hangs, and is ended, which
   * starts it again. A single silence may be the machine's.
   */
  async look(): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.#state !== 'running') return;
    const silent = await this.ask('are you there').then(
      () => false,
      () => true,
    );
    this.#silences = silent ? this.#silences + 1 : 0;
    if (this.#silences < HUNG_AFTER || this.#child !== child) return;
    this.#silences = 0;
    console.error(
      `${this.file.namespace} did not answer ${String(HUNG_AFTER)} times: it is stopped and started again.`,
    );
    child.kill('SIGKILL');
  }

  /** Ends it, gently for a moment, then not. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    const child = this.#child;
    if (child?.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    }
    this.#child = undefined;
    this.#channel = undefined;
    this.#port = undefined;
    await rm(join(folderOf(this.#home, this.file.namespace), PROCESS), { force: true });
  }
}
