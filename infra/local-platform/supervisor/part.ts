import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../../processes/child.ts';
import { signalGroup } from '../../processes/signal.ts';

/** How long a part waits for what it starts, in milliseconds. */
export interface Pace {
  /** A death sooner than this after the start is a quick one. */
  readonly quickMs: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

const PACE: Pace = { quickMs: 30_000, firstDelayMs: 250, longestDelayMs: 10_000 };

const ROOM_LOOK_MS = 1_000;

export interface PartEvents {
  /** Whether the disk has room for what a part writes. */
  readonly hasRoom: () => Promise<boolean>;
  readonly spawned: (name: string, pid: number) => void;
  readonly failed: (name: string, message: string) => void;
}

/** How one part is started: resolves when it is ready, rejects when it ends before that. */
export type Launch = (onSpawn: (pid: number) => void) => Promise<Running>;

const delayAfter = (deaths: number, { firstDelayMs, longestDelayMs }: Pace): number =>
  Math.min(firstDelayMs * 2 ** (deaths - 1), longestDelayMs);
const seconds = (milliseconds: number): string => `${String(milliseconds / 1000)} s`;

/** A reason that is a sentence of its own, with more to follow. */
const asClause = (reason: string): string => reason.replace(/[.]$/, '');

/** A part that is restarted whenever it dies, until it is told to stop: what it waits for may come back. */
export class Part {
  readonly name: string;
  /** Resolves when it is ready for the first time. */
  readonly ready: Promise<void>;
  private readonly launch: Launch;
  private readonly events: PartEvents;
  private readonly pace: Pace;
  private readonly finished: Promise<void>;
  private readonly ending = new AbortController();
  private readonly readiness = Promise.withResolvers<undefined>();
  private running: Running | undefined;
  private starting: number | undefined;

  constructor(name: string, launch: Launch, events: PartEvents, pace: Pace = PACE) {
    this.name = name;
    this.launch = launch;
    this.events = events;
    this.pace = pace;
    this.ready = this.readiness.promise;
    this.finished = this.keepRunning();
  }

  /** Ends it and does not restart it; by force after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.ending.abort();
    await this.running?.stop(graceMs);
    if (this.starting !== undefined) signalGroup(this.starting, 'SIGKILL');
    await this.finished;
  }

  private get stopping(): boolean {
    return this.ending.signal.aborted;
  }

  private async keepRunning(): Promise<void> {
    let deaths = 0;
    while (!this.stopping) {
      const began = Date.now();
      const reason = await this.runOnce();
      // The signal may have arrived while it ran.
      if (this.ending.signal.aborted) return;
      deaths = Date.now() - began < this.pace.quickMs ? deaths + 1 : 1;
      const delay = delayAfter(deaths, this.pace);
      await this.untilRoom(reason);
      this.tell(reason, deaths);
      await sleep(delay, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  /** @returns why it ended, or could not be started. */
  private async runOnce(): Promise<string> {
    try {
      this.running = await this.launch((pid) => {
        this.starting = pid;
        this.events.spawned(this.name, pid);
        if (this.stopping) signalGroup(pid, 'SIGKILL');
      });
      this.readiness.resolve(undefined);
      const why = await this.running.exited;
      // A process that it left in its group would hold its port.
      signalGroup(this.running.pid, 'SIGKILL');
      return `ended with ${why}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.running = undefined;
      this.starting = undefined;
    }
  }

  /** Each death is reported until the longest delay is reached. From then on it would fill the screen. */
  private tell(reason: string, deaths: number): void {
    const { longestDelayMs } = this.pace;
    const isSlow = (count: number): boolean => count > 0 && delayAfter(count, this.pace) === longestDelayMs;
    if (isSlow(deaths - 1)) return;
    const next = isSlow(deaths)
      ? `it is started again every ${seconds(longestDelayMs)} until it stays up. The other parts keep running`
      : `starting it again in ${seconds(delayAfter(deaths, this.pace))}`;
    this.events.failed(this.name, `${asClause(reason)}; ${next}`);
  }

  /** On a full disk it would only end again. */
  private async untilRoom(reason: string): Promise<void> {
    if (await this.events.hasRoom()) return;
    this.events.failed(this.name, `${asClause(reason)}; the disk is full: it is started again when there is room`);
    while (!this.stopping && !(await this.events.hasRoom()))
      await sleep(ROOM_LOOK_MS, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}
