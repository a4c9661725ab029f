import { condition, patched } from '@temporalio/workflow';

/**
 * A customer's own time: workflow time plus an offset that only a test clock moves. It is also where a phase rests
 * until a date comes or something changes.
 */
export class LifecycleClock {
  offsetMs: number;
  private changes = 0;
  /** When the phase is next due; null while it works, Infinity when only a message can wake it. */
  private due: number | null = null;
  /** While providers are moved, they are ahead of this clock: what they say would be decided at the wrong date. */
  private moving = false;

  constructor(offsetMs: number) {
    this.offsetMs = offsetMs;
  }

  /** The customer's now, in epoch milliseconds. */
  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** The date the phase rests until, if any. */
  get nextAt(): number | null {
    return this.due === Infinity ? null : this.due;
  }

  /** A mark to take before deciding: `rest` returns at once when anything changed since. */
  mark(): number {
    return this.changes;
  }

  /** Wakes the phase. */
  changed(): void {
    this.changes += 1;
  }

  /** Rests until the date comes (given as a function, because commands move it) or until something changes. */
  async rest(mark: number, until: () => number | null, summary: string): Promise<void> {
    const changed = (): boolean => this.changes !== mark && !this.moving;
    while (!changed()) {
      const at = until() ?? Infinity;
      const left = at - this.now();
      if (left <= 0) break;
      this.due = at;
      const { offsetMs } = this;
      const woken = (): boolean => changed() || this.offsetMs !== offsetMs;
      if (at === Infinity) {
        await condition(woken);
        continue;
      }
      const isWoken = await condition(woken, left, { summary });
      // The date has come. Asked again, the phase would name the next one after it.
      if (!isWoken && patched('a date that has come ends the rest')) break;
    }
    this.due = null;
  }

  /**
   * Moves the clock forward and meets every date on the way in order, as time itself would.
   * `stopped` says that the phase is over; the next phase takes it from there.
   * @returns whether the target was reached
   */
  async advance(
    target: number,
    moveProviders: (to: string) => Promise<void>,
    stopped: () => boolean,
  ): Promise<boolean> {
    const settled = (): boolean => stopped() || this.due !== null;
    while (this.now() < target) {
      await condition(settled);
      if (stopped()) return false;
      const next = Math.max(this.now(), Math.min(target, this.due ?? target));
      this.moving = patched('nothing is decided while the clock moves');
      await moveProviders(new Date(next).toISOString()).finally(() => {
        this.moving = false;
      });
      this.due = null;
      this.offsetMs = next - Date.now();
      this.changed();
    }
    await condition(settled);
    return true;
  }
}
