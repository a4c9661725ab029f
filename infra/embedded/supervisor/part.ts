import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup, type Running } from '../child.ts';

/** How patient a part is with what it starts, in milliseconds. */
export interface Pace {
  /** A death sooner than this after the start is a quick one. */
  readonly quickMs: number;
  readonly mostQuickDeaths: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

const PACE: Pace = { quickMs: 30_000, mostQuickDeaths: 8, firstDelayMs: 250, longestDelayMs: 10_000 };

export interface PartEvents {
  readonly spawned: (name: string, pid: number) => void;
  readonly failed: (name: string, message: string) => void;
}

/** How one part is started: resolves when it is ready, rejects when it ends before that. */
export type Launch = (onSpawn: (pid: number) => void) => Promise<Running>;

const delayAfter = (deaths: number, { firstDelayMs, longestDelayMs }: Pace): number =>
  Math.min(firstDelayMs * 2 ** (deaths - 1), longestDelayMs);
const seconds = (milliseconds: number): string => `${String(milliseconds / 1000)} s`;

/** One part of the arrangement, started again whenever it dies, until it is told to stop or dies too often. */
export class Part {
  readonly name: string;
  /** Settles once: ready for the first time, or given up. */
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
    // Whoever does not wait for it has heard of the failure through `events`.
    this.ready.catch(() => undefined);
    this.finished = this.keepRunning();
  }

  /** Ends it for good; by force after `graceMs`. */
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
      // The signal may have come while it ran.
      if (this.ending.signal.aborted) return;
      deaths = Date.now() - began < this.pace.quickMs ? deaths + 1 : 1;
      if (deaths >= this.pace.mostQuickDeaths) {
        this.giveUp(reason);
        return;
      }
      const delay = delayAfter(deaths, this.pace);
      this.events.failed(this.name, `${reason}; starting it again in ${seconds(delay)}`);
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
      // What it left in its group would hold its port.
      signalGroup(this.running.pid, 'SIGKILL');
      return `ended with ${why}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.running = undefined;
      this.starting = undefined;
    }
  }

  private giveUp(reason: string): void {
    const message = `${reason}; given up after ${String(this.pace.mostQuickDeaths)} quick deaths. The other parts go on.`;
    this.events.failed(this.name, message);
    this.readiness.reject(new Error(`${this.name}: ${message}`));
  }
}
